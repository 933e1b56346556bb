import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { CursorClient } from '../support/database-gateway.js';
import { ask } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { NetsvcProcess } from '../support/netsvc-process.js';

/** MB of the heap of the server, which is a quarter of what all requests of a spec would take. */
const HEAP = 192;

const ITEMS: Readonly<Record<string, string>> = {
  'arrays of one item': '<value><array><data><value/></data></array></value>',
  'structs with a numeric name': '<value><struct><member><name>1000</name><value/></member></struct></value>',
  'a long text': 'x',
};

describe('A server whose clients send requests that take more memory than it has', () => {
  let server: NetsvcProcess;

  before(async function () {
    const options = { NODE_OPTIONS: `--max-old-space-size=${HEAP}` };
    server = await NetsvcProcess.start(['--database', testDatabase(this)], 1, options);
  });

  after(async () => {
    const ended = await server?.stop();
    expect(ended?.status).to.equal(0);
    const lines = (ended?.stderr ?? '').split('\n').filter(Boolean);
    const fields = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    for (const line of fields) {
      expect(line.resource).to.match(/^memory(?:_of_user|_of_session)?$/);
      expect(line.msg).to.match(/^requests are (?:no longer )?refused$/);
    }
    expect(fields.some(({ msg }) => msg === 'requests are refused')).to.equal(true);
  });

  for (const [name, item] of Object.entries(ITEMS)) {
    it(`refuses them, and serves others (${name})`, async () => {
      const session = await CursorClient.open(server.url);
      const running = session.execute('select sleep(1)');
      const argument = item.length === 1 ? `<value>${item.repeat(30e6)}</value>` : item.repeat(8e6 / item.length);
      const body = gzipSync(
        '<methodCall><methodName>execute</methodName><params><param><value>select 1</value></param><param><value>' +
          `<array><data>${argument}</data></array></value></param></params></methodCall>`,
        { level: 1 },
      );
      const headers = { 'Content-Type': 'text/xml', 'Content-Encoding': 'gzip', 'Content-Length': `${body.length}` };
      const refused = Array.from({ length: 10 }, () => ask(session.url, { headers, body }));
      const other = await CursorClient.open(server.url);
      expect(await other.execute('select 1')).to.equal(1);
      const answers = await Promise.all(refused);
      expect(answers.filter(({ body }) => body.includes('memory account')).length).to.be.greaterThan(5);
      await running;
      expect(await session.execute('select 1')).to.equal(1);
    });
  }
});
