import { inspect } from 'node:util';
import { expect } from 'chai';
import { ResponseDecoder } from '#lib/rpc-call/client/response-decoder.js';
import { callBody } from '../support/call-body.js';
import { call } from '../support/client.js';
import { CursorClient, DatabaseGateway } from '../support/database-gateway.js';
import { ask } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { perServer } from '../support/test-server.js';
import { until } from '../support/until.js';
import { OBSERVATIONS, OWN_OBSERVATIONS } from './isolation-observations.js';
import { NO_STATEMENT, OWN_STATEMENTS, STATEMENTS, XA_STATES } from './isolation-statements.js';

/** Locks and statements concern a schema of the spec alone. */
const SCHEMA = 'isolation';

const DEFINITIONS = [
  'create table t (id int auto_increment primary key, v int)',
  'create function count_calls() returns int no sql begin set @calls = ifnull(@calls, 0) + 1; return @calls; end',
  'create table with_trigger (id int auto_increment primary key, v int)',
  'create trigger changed before insert on with_trigger for each row begin declare n int; select 5 into @trigger; ' +
    "set n = get_lock('isolation', 0); end",
  "create view with_function as select count_calls(), last_insert_id(55), get_lock('isolation', 0) from t",
  'create procedure returns_rows() begin select 1; select 2; end',
  "create procedure sets_everything() begin set @procedure = 1; set sql_mode = ''; set names latin1; " +
    "set session_track_state_change = 0; do get_lock('isolation', 0); end",
  'create table opened (id int) engine = InnoDB',
  'insert into opened values (1)',
  "create procedure prepares_xa() begin xa start 'x'; insert into t (v) values (1); xa end 'x'; xa prepare 'x'; " +
    "signal sqlstate '42000'; end",
  'create role if not exists isolation_role',
  'grant isolation_role to current_user()',
  'grant all on *.* to isolation_role',
];

const OWN_DEFINITIONS = {
  MariaDB: ['create sequence s', 'create table with_default (id int, v int default nextval(s))'],
  MySQL: [
    'create table with_default (id int, v bigint unsigned default (uuid_short()))',
    'create procedure handles_errors() begin declare exit handler for sqlexception set @caught = 1; select nosuch; end',
    'create procedure opens_cursor() begin declare c cursor for select v from t; open c; end',
  ],
};

/** Whether MySQL knows no such XA transaction any more, by the answer to its rollback. */
const isUnknown = (answer: string) => answer.includes('XAER_NOTA');

describe('a connection that leaves a session', () => {
  /** Of the schema. */
  let url: string;
  /** One connection; and a new one for each session, to compare with. */
  let gateway: DatabaseGateway;

  before(async function () {
    const outside = await DatabaseGateway.start(testDatabase(this));
    await outside.execute(`drop database if exists ${SCHEMA}`);
    await outside.execute(`create database ${SCHEMA} collate utf8mb4_bin`);
    await outside.stop();
    const inside = new URL(testDatabase(this));
    inside.pathname = SCHEMA;
    url = inside.href;
    gateway = await DatabaseGateway.start(url, { connections: 1, queryTimeout: 5 });
    for (const statement of [...perServer(OWN_DEFINITIONS), ...DEFINITIONS]) await gateway.execute(statement);
  });

  after(async () => {
    await gateway?.execute('drop role isolation_role');
    await gateway?.execute(`drop database ${SCHEMA}`);
    await gateway?.stop();
  });

  /** Returns what a new session finds on its connection, as it is sent: parsing it takes longer than all else here. */
  const observe = async (on: DatabaseGateway): Promise<string> => {
    const cursor = await on.cursor();
    const calls = observations().flatMap((query) => [
      { methodName: 'execute', params: [query] },
      { methodName: 'fetchall', params: [] },
    ]);
    const { body } = await ask(cursor.url, { body: callBody('system.multicall', [calls]) });
    await cursor.call('close');
    return body;
  };

  const observations = () => [...OBSERVATIONS, ...perServer(OWN_OBSERVATIONS)];

  const withoutAutocommit = async (): Promise<CursorClient> => {
    const { id } = (await call(gateway.url, 'session', [], { timeout: 60, autocommit: false })) as { id: string };
    return new CursorClient(gateway.url, id);
  };

  /** What a session finds on a new connection, and behind one that has changed nothing. */
  const observeNew = async (): Promise<[opened: string, unchanged: string]> => {
    const fresh = await DatabaseGateway.start(url, { connections: 1 });
    try {
      const opened = await observe(fresh);
      await fresh.execute('select 1');
      return [opened, await observe(fresh)];
    } finally {
      await fresh.stop();
    }
  };

  /** The rows of each query, or its fault. */
  const found = (body: string): string[] => {
    const decoder = new ResponseDecoder();
    const results = [...decoder.write(Buffer.from(body))];
    decoder.end();
    return observations().map((query, i) => `${query}: ${inspect(results.slice(2 * i, 2 * i + 2), { depth: null })}`);
  };

  it('is observed by queries that this server has', async () => {
    // These fail because of what is missing.
    const failing = /^(?:execute p|xa end|handler t|rollback to|select .*(?:from isolation\.|lastval))/;
    for (const observation of found((await observeNew())[0])) {
      if (!failing.test(observation)) expect(observation).not.to.contain('faultCode');
    }
  });

  it('is like a new one but for how many commands have reset it, if it was reset with fewer', async () => {
    const [opened, unchanged] = await observeNew();
    const others = differences(unchanged, [opened]).filter((difference) => !/Com_|com_/.test(difference));
    expect(others).to.deep.equal([]);
  });

  const differences = (body: string, wanted: readonly string[]) => {
    if (wanted.includes(body)) return [];
    const all = wanted.map(found);
    return found(body).filter((observation, i) => all.every((observations) => observations[i] !== observation));
  };

  let expected: readonly string[] = [];

  for (const [chapter, common] of Object.entries(STATEMENTS)) {
    it(`is like a new one after statements of ${chapter}`, async () => {
      const statements = [...common, ...(perServer(OWN_STATEMENTS)[chapter] ?? [])];
      const sessions = [statements, statements, ...statements.map((statement) => [statement])];
      for (const [i, together] of sessions.entries()) {
        const cursor = i === 0 ? await withoutAutocommit() : await gateway.cursor();
        for (const statement of together) {
          const error = await cursor.execute(statement).then(
            () => '',
            (failure: Error) => failure.message,
          );
          if (statement !== NO_STATEMENT) expect(error, statement).not.to.match(/\(1064,/);
        }
        await cursor.call('close');
        const body = await observe(gateway);
        // Statements change what new connections find too, such as tables.
        if (!expected.includes(body)) expected = await observeNew();
        expect(differences(body, expected), together.join('; ')).to.deep.equal([]);
      }
    }).timeout(120_000);
  }

  it('is like a new one after an XA transaction in any state', async () => {
    for (const statements of XA_STATES) {
      const cursor = await gateway.cursor();
      for (const statement of statements) await cursor.execute(statement).catch(() => {});
      await cursor.call('close');
      // One that is prepared stays, with its locks, which MySQL shows as those of the connection.
      const other = await DatabaseGateway.start(url);
      await until(() =>
        other
          .execute("xa rollback 'x'")
          .then(String, (error: Error) => error.message)
          .then(isUnknown),
      );
      await other.stop();
      expect(differences(await observe(gateway), await observeNew()), statements.join('; ')).to.deep.equal([]);
    }
  });
});
