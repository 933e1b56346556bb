import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { recreate } from '../support/recreate.js';
import { urlWith } from '../support/suite-gateway.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { clientPrograms } from './client-programs.js';
import { compiledXmlRpcPp } from './compiled-xmlrpcpp.js';

const ROWS = [
  [1, ''],
  [2, 2],
];

/** What XmlRpc++ prints. */
const PRINTED = [
  'query {{1,},{2,2}}2',
  'change 1',
  'transaction 1{{1,},{2,2}}',
  'session {{2},{{{1,},{2,2}}}}',
  'batch {{},{2}}',
  'once {{1,},{2,2}}',
  'again {{1,},{2,2}}',
  'touch ',
  'ping 1',
  'close 0',
];

/** Returns the bodies of HTTP responses, which have a Content-Length. */
function bodiesIn(bytes: Buffer): string[] {
  const bodies: string[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const start = rest.indexOf('\r\n\r\n') + 4;
    const head = rest.toString('latin1', 0, start);
    const end = start + Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    const body = rest.subarray(start, end);
    bodies.push((/^content-encoding: gzip/im.test(head) ? gunzipSync(body) : body).toString());
    rest = rest.subarray(end);
  }
  return bodies;
}

describe('calls that do what otherwise takes several, with nulls=empty', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netsvc-clients-'));
  const programs = clientPrograms(folder);
  let gateway: DatabaseGateway;
  let proxy: TcpProxy;

  before(async function () {
    const url = testDatabase(this);
    gateway = await DatabaseGateway.start(urlWith(url, 'nulls=empty&bigints=string'));
    await recreate(gateway, 'table one_call (n int)');
    proxy = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
  });

  after(async () => {
    await proxy?.stop();
    await gateway?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Runs a client, and checks that it receives no nil. */
  const drive = async (command: string, args: readonly string[]): Promise<string[]> => {
    const received = proxy.record();
    const { stdout } = await promisify(execFile)(command, args, { timeout: 60_000 });
    const responses = bodiesIn(Buffer.concat(received));
    expect(responses).to.have.length(PRINTED.length);
    for (const response of responses)
      expect(response)
        .to.match(/^<\?xml.*<methodResponse>/)
        .and.not.to.match(/nil/);
    return stdout.trimEnd().split('\n');
  };

  for (const { name, command: program } of programs) {
    it(`work with ${name}, which receives no nil${program ? '' : ' (it is not on this machine)'}`, async function () {
      if (program === undefined) return process.env.CI ? expect.fail(`there is no ${name}`) : this.skip();
      const [command = '', ...args] = program;
      const url = gateway.url.replace(/:\d+\//, `:${proxy.port}/`);
      const lines = (await drive(command, [...args, url, 'one-call'])).map((line) => JSON.parse(line));
      const steps: Record<string, never> = Object.fromEntries(lines);
      const { columns, ...query } = steps.query ?? { columns: [] };
      expect((columns as unknown[][]).map(([column]) => column)).to.deep.equal(['seq', 'nullif(seq, 1)']);
      expect(query).to.deep.equal({ rows: ROWS, rowcount: 2, lastrowid: 0, warnings: 0 });
      const change = { columns: '', rows: [], rowcount: 1, lastrowid: 0, warnings: 0 };
      const faultString = 'netsvc -- Method Unavailable\n\nThere is no method "missing".';
      expect(steps).to.deep.include({
        change,
        transaction: [change, { columns, ...query }],
        session: [[2], [ROWS]],
        batch: [[''], [columns], { faultCode: 55, faultString }],
        once: { columns, ...query },
        again: { columns, ...query },
        touch: '',
        ping: true,
        close: 0,
      });
    });
  }

  it('work with XmlRpc++, which receives no nil', async function () {
    const program = compiledXmlRpcPp(this, folder);
    const { hostname, pathname } = new URL(gateway.url);
    expect(await drive(program, [hostname, String(proxy.port), pathname, 'one-call'])).to.deep.equal(PRINTED);
  });
});
