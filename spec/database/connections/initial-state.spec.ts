import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, suiteGateway } from '../../support/suite-gateway.js';
import { onlyOn, serverKind } from '../../support/test-server.js';
import { until } from '../../support/until.js';

/** What a server that is configured for another character set has. */
const CHARSETS = ['character_set_client', 'character_set_results', 'character_set_connection', 'character_set_server'];

/** They have a value of their own in each connection or statement. */
const VARYING = new Set(['pseudo_thread_id', 'rand_seed1', 'rand_seed2', 'statement_id', 'timestamp']);

// What sessions leave on connections, by statements of every kind, is compared with new ones in isolation.spec.ts.
describe('a connection that was reset', () => {
  const gateway = suiteGateway({ connections: 1 });

  const row = async (query: string) => ((await gateway.execute(query)) as unknown[][])[0];

  it('is in UTF-8, whichever character set the server is configured for', async () => {
    const before = (await row(`select ${CHARSETS.map((name) => `@@global.${name}`).join(', ')}`)) as string[];
    const configure = async (values: readonly string[]) => {
      for (const [i, name] of CHARSETS.entries()) await gateway.execute(`set global ${name} = ${values[i]}`);
    };
    await configure(CHARSETS.map(() => 'latin1'));
    try {
      for (const init of [[], ["set time_zone = '+00:00'"]]) {
        await using fresh = await otherGateway({ connections: 1, init });
        for (let use = 0; use < 2; use++) {
          expect(await fresh.execute("select 'é€😀', char_length('é€😀'), %s", ['é€😀'])).to.deep.equal([
            ['é€😀', 3, 'é€😀'],
          ]);
        }
      }
    } finally {
      await configure(before);
    }
  });

  it('has the variables of a connection without netsvc, but for the session tracker', async () => {
    const query = 'show session variables';
    // mysql2 changes the sql_mode unless it is told not to.
    const options = {
      ...parseMysqlUrl(process.env.NETSVC_TEST_DATABASE ?? '').connection,
      rowsAsArray: true,
      flags: ['-IGNORE_SPACE'],
    };
    const plain = await createConnection(options);
    await plain.query('set names utf8mb4');
    const [expected] = await plain.query(query);
    await plain.end();
    const found = new Map((await gateway.execute(query)) as [string, unknown][]);
    const different = (expected as [string, unknown][]).filter(
      ([name, value]) => !VARYING.has(name) && String(found.get(name)) !== String(value),
    );
    expect(different.map(([name]) => name)).to.deep.equal([
      'session_track_state_change',
      'session_track_system_variables',
    ]);
  });

  it('is recorded by the performance schema, also after a session that was not', async function () {
    onlyOn('MySQL', this, 'the performance schema of MariaDB is off by default');
    const query = 'select instrumented, history from performance_schema.threads where processlist_id = connection_id()';
    const before = await row(query);
    const cursor = await gateway.cursor();
    await cursor.execute(
      "update performance_schema.threads set instrumented = 'NO', history = 'NO' where processlist_id = connection_id()",
    );
    await cursor.call('close');
    expect(await row(query)).to.deep.equal(before);
  });

  it('is closed if something was not restored, and the observer is told what', async () => {
    const reasons: string[] = [];
    const observer = { resetFailed: (_database: string, error: unknown) => reasons.push(String(error)) };
    await using other = await otherGateway({ connections: 1, observer });
    await recreate(other, 'table in_xa (id int) engine = InnoDB');
    for (const statement of ["xa start 'initial state'", 'insert into in_xa values (1)']) {
      const cursor = await other.cursor();
      await cursor.execute(statement);
      await cursor.call('close');
    }
    await until(() => reasons.length > 0);
    expect(reasons).to.deep.equal(['Error: The connection is in an XA transaction.']);
    if (serverKind() === 'MariaDB') {
      await other.execute('create or replace role initial_role');
      await other.execute('grant initial_role to current_user()');
      const cursor = await other.cursor();
      await cursor.execute('set role initial_role');
      await cursor.call('close');
      await until(() => reasons.length > 1);
      expect(reasons[1]).to.equal(
        'Error: The reset has not restored the connection: the role is initial_role instead of none.',
      );
      await other.execute('drop role initial_role');
    }
  });
});
