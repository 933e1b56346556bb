import { expect } from 'chai';
import fc from 'fast-check';
import { testDatabase } from '../../support/mariadb.js';
import { type RandomSchema, randomSchemas } from '../model/random-schema.js';
import { World } from '../model/worlds.js';

/** `npm run model` tries more. */
const SCHEMAS = Number(process.env.NETSVC_SCHEMAS ?? 10);

/** What may be lost with a connection that was reclaimed: the outcome of a statement, if something reads it. */
const MAY_BE_LOST = /row_count|found_rows|warning|@@/;

describe('a session on a shared connection, in a random schema', () => {
  let shared: World;
  let dedicated: World;

  before(async function () {
    const url = testDatabase(this);
    shared = await World.empty(url, 'random_s', false, 1);
    dedicated = await World.empty(url, 'random_d', true, 1);
  });

  after(async () => {
    await shared?.close();
    await dedicated?.close();
  });

  it('never gets another value than one on a connection of its own', async () => {
    let lost = 0;
    const property = fc.asyncProperty(randomSchemas(), async ({ definitions, statements }: RandomSchema) => {
      await Promise.all([shared.recreate(definitions), dedicated.recreate(definitions)]);
      for (const statement of statements) {
        const seen = await shared.execute(0, statement);
        if (seen.lost) {
          lost++;
          // Nothing is lost but outcomes, which a definition may read.
          expect([statement, ...definitions].join('\n')).to.match(MAY_BE_LOST);
          continue;
        }
        expect(seen.answer, statement).to.equal((await dedicated.execute(0, statement)).answer);
        await shared.disturb();
      }
    });
    await fc.assert(property, { numRuns: SCHEMAS });
    if (process.env.NETSVC_SCHEMAS) console.log(`      ${lost} statements read what was lost, and got fault 51`);
  }).timeout(1_200_000);
});
