import fc from 'fast-check';
import { testDatabase } from '../../support/mariadb.js';
import { calls, interventions, type Model, reclaims, type Worlds } from '../model/commands.js';
import { World } from '../model/worlds.js';

/** `npm run model` runs more. */
const SEQUENCES = Number(process.env.NETSVC_SEQUENCES ?? 5);

describe('multiplexed sessions', () => {
  let worlds: Worlds;

  before(async function () {
    const url = testDatabase(this);
    worlds = {
      shared: await World.create(url, 'model_s', false),
      dedicated: await World.create(url, 'model_d', true),
    };
  });

  after(async () => {
    await worlds?.shared.close();
    await worlds?.dedicated.close();
  });

  const holds = async (commands: fc.Arbitrary<fc.AsyncCommand<Model, Worlds>>[], autocommit = true) => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 30, size: 'max' }), async (sequence) => {
        await Promise.all([worlds.shared.reset(autocommit), worlds.dedicated.reset(autocommit)]);
        await fc.asyncModelRun(() => ({ model: new Map(), real: worlds }), sequence);
      }),
      { numRuns: SEQUENCES },
    );
  };

  it('return what sessions on connections of their own return', () => holds([calls()])).timeout(3_600_000);

  it('return the same, or fault 51, when other sessions reclaim their connections', () =>
    holds([calls(), calls(), calls(), reclaims()])).timeout(3_600_000);

  it('return the same, or fault 51, if autocommit is off', () =>
    holds([calls(), calls(), calls(), reclaims()], false)).timeout(3_600_000);

  it('return the same, or fault 51, while operators close, stop and pause', () =>
    holds([calls(), calls(), calls(), calls(), reclaims(), interventions()])).timeout(3_600_000);
});
