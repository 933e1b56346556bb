import { expect } from 'chai';
import fc from 'fast-check';
import { callBody, listed } from '../../support/call-body.js';
import { askBytes, hangUp } from '../../support/http.js';
import { spillFiles } from '../../support/spill-files.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

/** `npm run model` runs more. */
const LISTS = Number(process.env.NETSVC_LISTS ?? 3);

const post = async (url: string, method: string, ...params: unknown[]) =>
  (await askBytes(url, { body: callBody(method, params) })).bytes;

/** Rows of 300 bytes for each letter. */
const select = (rows: number, text: string) =>
  `select seq, repeat('${text}', 300) from numbers where seq <= ${rows} order by seq`;

/** Small, in memory, and partly in a file. */
const query = fc.tuple(fc.constantFrom(3, 300, 3000), fc.constantFrom('x', '&', '\u00e9')).map((of) => select(...of));

const request = fc.oneof(
  query.map((sql) => listed('query', sql)),
  query.map((sql) => listed('execute', sql)),
  fc.constantFrom(1, 20, 2000).map((count) => listed('fetchmany', count)),
  fc.constantFrom('fetchone', 'fetchall', 'nextset', 'description', 'missing').map((method) => listed(method)),
);

describe('a call that is repeated with once', () => {
  const gateway = suiteGateway({ resultMemory: 400_000 });

  it('has the response of the call without once, however often, and after hang-ups', async () => {
    const form = fc.constantFrom('plain', 'batch', 'system.multicall');
    const calls = fc.array(request, { minLength: 1, maxLength: 5 });
    const hangUps = fc.array(fc.boolean(), { maxLength: 3 });
    const property = fc.asyncProperty(form, calls, hangUps, async (form, calls, hangUps) => {
      const [plain, numbered, other] = await Promise.all([gateway.cursor(), gateway.cursor(), gateway.cursor()]);
      for (const { url } of [plain, numbered]) await post(url, 'execute', select(3000, 'a'));
      const sent = form === 'plain' ? calls : [listed(form, calls)];
      for (const [i, { methodName, params }] of sent.entries()) {
        const expected = await post(plain.url, methodName, ...params);
        const once = [i + 1, methodName, params];
        for (const hangsUp of hangUps) {
          if (hangsUp) await hangUp(numbered.url, callBody('once', once));
          await post(other.url, 'query', select(300, 'of another'));
        }
        for (const attempt of [1, 2, 3]) {
          expect((await post(numbered.url, 'once', ...once)).equals(expected), `attempt ${attempt}`).to.equal(true);
          await post(other.url, 'query', select(300, 'of another'));
        }
      }
      for (const { url } of [plain, numbered, other]) await post(url, 'close');
      await until(() => spillFiles() === 0);
    });
    await fc.assert(property, { numRuns: LISTS });
  }).timeout(3_600_000);
});
