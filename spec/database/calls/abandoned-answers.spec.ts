import { expect } from 'chai';
import { ServiceRequest } from '#lib/index.js';
import { StreamedValue } from '#lib/xmlrpc/streamed-value.js';
import { callBody, listed } from '../../support/call-body.js';
import { hangUp } from '../../support/http.js';
import { spillFiles } from '../../support/spill-files.js';
import { sessionForEach, suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

const ROWS = "select seq, repeat('x', 1000) from numbers where seq <= 3000";
/** The columns alone are more than a response that is sent with its length. */
const COLUMNS = Array.from({ length: 3000 }, (_, i) => `1 as ${'c'.repeat(50)}${1000 + i}`);
const WIDE = `select ${COLUMNS.join(', ')}, repeat('x', 9000) from numbers where seq <= 100`;

describe('an answer that nobody reads to its end', () => {
  const gateway = suiteGateway({ resultMemory: 100_000 });
  const cursor = sessionForEach(gateway);

  const calls = [listed('query', ROWS), listed('query', WIDE)];
  const methods: [string, string, unknown[]][] = [
    ['execute', 'database', [ROWS]],
    ['query', 'database', [ROWS]],
    ['query', 'database', [WIDE]],
    ['transaction', 'database', [[[ROWS], [WIDE], [ROWS]]]],
    ['session', 'database', [calls]],
    ['system.multicall', 'database', [calls]],
    ['query', 'a session', [ROWS]],
    ['batch', 'a session', [calls]],
    ['once', 'a session', [1, 'batch', [[...calls, listed('close')]]]],
  ];
  for (const [method, where, params] of methods) {
    const large = params.includes(WIDE) ? ' with thousands of columns' : '';
    const endpoint = () => (where === 'database' ? gateway.url : cursor.url);

    for (const pieces of [0, 1, 10]) {
      it(`of ${method}${large} of ${where} leaves no file if it is cancelled after ${pieces} pieces`, async () => {
        const [session] = gateway.registry.sessions;
        const service = where === 'database' ? gateway.database : session;
        const value = await service?.perform(method, params as never[], new ServiceRequest('', ''));
        if (!(value instanceof StreamedValue)) throw new Error('it is small');
        for (let i = 0; i < pieces; i++) await value.next();
        value.cancel();
        await value.done;
        if (where !== 'database') await session?.close();
        await until(() => spillFiles() === 0);
      });
    }

    it(`of ${method}${large} of ${where} leaves no file if the client hangs up at the first byte`, async () => {
      await hangUp(endpoint(), callBody(method, params));
      await cursor.call('close').catch(() => {});
      await until(() => spillFiles() === 0);
      expect(gateway.registry.sessions.size).to.equal(0);
    });
  }
});
