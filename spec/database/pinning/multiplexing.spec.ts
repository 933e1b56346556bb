import { expect } from 'chai';
import fc from 'fast-check';
import { testDatabase } from '../../support/mariadb.js';
import { SESSIONS, statements } from '../model/statements.js';
import { World } from '../model/worlds.js';

/** `npm run model` runs more. */
const SEQUENCES = Number(process.env.NETSVC_SEQUENCES ?? 12);

interface Worlds {
  readonly shared: World;
  readonly dedicated: World;
}

/** Whether session state may be lost. */
interface Model {
  disturbed: boolean;
}

/** Statements that read the state of the statement before. */
const ASKS = /row_count|warning|errors|diagnostics|from last/i;

/** Statements that also read older state. */
const ASKS_FOR_BOTH = /row_count.*found_rows/i;

class Execute implements fc.AsyncCommand<Model, Worlds> {
  constructor(
    readonly session: number,
    readonly statement: string,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, { shared, dedicated }: Worlds): Promise<void> {
    const seen = await shared.execute(this.session, this.statement);
    // The statement has not run, and the session goes on with what it had.
    if (seen.lost && (model.disturbed ? ASKS : ASKS_FOR_BOTH).test(this.statement)) return;
    const expected = await dedicated.execute(this.session, this.statement);
    expect(seen.answer).to.equal(expected.answer);
  }

  toString(): string {
    return `${this.session}: ${this.statement}`;
  }
}

class Disturb implements fc.AsyncCommand<Model, Worlds> {
  check(): boolean {
    return true;
  }

  async run(model: Model, { shared }: Worlds): Promise<void> {
    model.disturbed = true;
    await shared.disturb();
  }

  toString(): string {
    return 'others need all connections';
  }
}

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

  const execute = () =>
    fc.tuple(fc.nat(SESSIONS - 1), statements()).map(([session, statement]) => new Execute(session, statement));

  const holds = async (commands: fc.Arbitrary<fc.AsyncCommand<Model, Worlds>>[], autocommit = true) => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 30, size: 'max' }), async (sequence) => {
        await Promise.all([worlds.shared.reset(autocommit), worlds.dedicated.reset(autocommit)]);
        await fc.asyncModelRun(() => ({ model: { disturbed: false }, real: worlds }), sequence);
      }),
      { numRuns: SEQUENCES },
    );
  };

  it('return what sessions on connections of their own return', () => holds([execute()])).timeout(3_600_000);

  it('return the same, or fault 51, when other sessions reclaim their connections', () =>
    holds([execute(), execute(), execute(), fc.constant(new Disturb())])).timeout(3_600_000);

  it('return the same, or fault 51, if autocommit is off', () =>
    holds([execute(), execute(), execute(), fc.constant(new Disturb())], false)).timeout(3_600_000);
});
