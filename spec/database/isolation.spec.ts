import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PrivateServer } from '#lib/server/private-server.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { startPrivateServer, testDatabase, urlOf } from '../support/mariadb.js';
import { NO_STATEMENT, OBSERVATIONS, STATEMENTS } from './isolation-statements.js';

const SCHEMA = [
  'create sequence s',
  'create table t (id int auto_increment primary key, v int)',
  'create function count_calls() returns int begin set @calls = ifnull(@calls, 0) + 1; return @calls; end',
  'create table with_default (id int, v int default nextval(s))',
  'create table with_trigger (id int auto_increment primary key, v int)',
  'create trigger changed before insert on with_trigger for each row begin declare n int; select 5 into @trigger; ' +
    "set n = get_lock('isolation', 0); end",
  "create view with_function as select count_calls(), last_insert_id(55), get_lock('isolation', 0) from t",
  'create procedure returns_rows() begin select 1; select 2; end',
  "create procedure sets_everything() begin set @procedure = 1; set sql_mode = ''; set names latin1; " +
    "set session_track_state_change = 0; do get_lock('isolation', 0); end",
  'create role r',
  'grant r to root@localhost',
  'grant all on *.* to r',
];

describe('a connection that leaves a session', () => {
  let folder: string;
  let mariadb: PrivateServer;
  /** One connection; and a new one for each session, to compare with. */
  let gateway: DatabaseGateway;

  before(async function () {
    testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    mariadb = await startPrivateServer(join(folder, 'data'));
    gateway = await DatabaseGateway.start(urlOf(mariadb), { connections: 1, queryTimeout: 5 });
    for (const statement of SCHEMA) await gateway.execute(statement);
  });

  after(async () => {
    await gateway?.stop();
    await mariadb?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  /** Returns what a new session finds on its connection. */
  const observe = async (on: DatabaseGateway): Promise<string[]> => {
    const cursor = await on.cursor();
    const found: string[] = [];
    for (const query of OBSERVATIONS) {
      const rows = await cursor.rows(query).catch((error: Error) => error.message);
      found.push(`${query}: ${JSON.stringify(rows)}`);
    }
    await cursor.call('close');
    return found;
  };

  const observeNew = async (): Promise<string[]> => {
    const fresh = await DatabaseGateway.start(urlOf(mariadb), { connections: 1 });
    try {
      return await observe(fresh);
    } finally {
      await fresh.stop();
    }
  };

  for (const [chapter, statements] of Object.entries(STATEMENTS)) {
    it(`is like a new one after statements of ${chapter}`, async () => {
      for (const together of [statements, ...statements.map((statement) => [statement])]) {
        const cursor = await gateway.cursor();
        for (const statement of together) {
          const error = await cursor.execute(statement).then(
            () => '',
            (failure: Error) => failure.message,
          );
          if (statement !== NO_STATEMENT) expect(error, statement).not.to.match(/\(1064,/);
        }
        await cursor.call('close');
        const found = await observe(gateway);
        const expected = await observeNew();
        const different = found.filter((observation, i) => observation !== expected[i]);
        expect(different, together.join('; ')).to.deep.equal([]);
      }
    }).timeout(120_000);
  }
});
