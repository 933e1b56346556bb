import { expect } from 'chai';
import { callDocument, statusOf } from '../support/client.js';
import { CursorClient, DatabaseGateway } from '../support/database-gateway.js';
import { hasHaproxy } from '../support/haproxy.js';
import { Instances, sessionIn } from '../support/instances.js';
import { testDatabase } from '../support/mariadb.js';
import { findPython, runPython } from '../support/python.js';
import { runs, untilItRuns } from '../support/running-statement.js';
import { pend } from '../support/test-server.js';
import { succeeds, until } from '../support/until.js';

/** Opens sessions, and uses each on connections of its own. Prints the instances that they are in. */
const SESSIONS = `
import sys
try: from xmlrpclib import ServerProxy
except ImportError: from xmlrpc.client import ServerProxy
url = sys.argv[1]
ids = [ServerProxy(url).cursor(60) for _ in range(12)]
for turn in range(3):
    for n, id in enumerate(ids):
        cursor = ServerProxy(url + '/' + id)
        cursor.execute('select %s', [n])
        assert cursor.fetchone() == [n]
for id in ids: ServerProxy(url + '/' + id).close()
print(' '.join(sorted(set(id.split('.')[0] for id in ids))))
`;

describe('three instances behind haproxy', () => {
  let mysql: string;
  let instances: Instances;

  before(async function () {
    this.timeout(60_000);
    mysql = testDatabase(this);
    if (!hasHaproxy) pend(this, 'haproxy is not installed');
    instances = await Instances.start(mysql, ['--drain', '60']);
  });

  after(() => instances?.stop());

  for (const version of ['2.7', '3'] as const) {
    it(`keep the sessions of Python ${version}`, async function () {
      const python = findPython(version) ?? pend(this, `there is no Python ${version}`);
      expect((await runPython(python, '-c', SESSIONS, instances.url)).trim()).to.equal('a b c');
    });
  }

  it('stop the statement of a client that hangs up', async () => {
    const statement = "select sleep(60), 'hang up'";
    const direct = await DatabaseGateway.start(mysql);
    const abort = new AbortController();
    const headers = { 'Content-Type': 'text/xml' };
    const body = callDocument('execute', statement);
    const request = fetch(instances.url, { method: 'POST', headers, body, signal: abort.signal });
    await untilItRuns(direct, statement);
    abort.abort();
    await request.catch(() => {});
    await until(async () => !(await runs(direct, statement)));
    await direct.stop();
  });

  it('drain: a stopped one serves its sessions, and gets no others', async function () {
    this.timeout(60_000);
    const [stopped, other] = [await sessionIn(instances.url, 'a'), await sessionIn(instances.url, 'b')];
    await stopped.execute('begin');
    const { process } = instances.instance('a');
    process.child.kill('SIGTERM');
    let opened = 0;
    await until(async () => {
      const next = await CursorClient.open(instances.url);
      await next.rows('select 1');
      await next.call('close');
      opened = next.id.startsWith('a.') ? 0 : opened + 1;
      return opened > 6;
    });
    expect(await stopped.rows('select 1')).to.deep.equal([[1]]);
    await stopped.call('commit');
    await stopped.call('close');
    expect((await process.ended).status).to.equal(0);
    expect(await statusOf(stopped.call('rowcount'))).to.equal(404);
    expect(await other.rows('select 1')).to.deep.equal([[1]]);
    await other.call('close');
    await instances.instance('a').start();
    await until(() => succeeds(sessionIn(instances.url, 'a').then((session) => session.call('close'))));
  });
});
