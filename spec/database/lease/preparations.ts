import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '../../support/command-proxy.js';
import { DatabaseGateway, type GatewayOptions } from '../../support/database-gateway.js';
import { type EndedSession, MARK } from '../../support/ended-session.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { until } from '../../support/until.js';

/** A call of the session with the number. */
export type Call = (number: number) => [method: string, ...params: unknown[]];

const execute =
  (statement: string): Call =>
  (number) => ['execute', `${statement.replace('{v}', String(number))} ${MARK}`];
export const INSERT = execute('insert into ended values ({v})');

/** How a session comes to run a statement. */
export interface Preparation {
  readonly options?: GatewayOptions;
  readonly cursorclass?: string;
  /** What the session has done before. */
  readonly history?: (ended: EndedSession) => Promise<unknown>;
  /** Causes the commands that are withheld; by default it is the call. Otherwise the call waits for them. */
  readonly cause?: (ended: EndedSession) => Promise<unknown>;
  /** The beginning of those that are; by default all are. */
  readonly withheld?: string;
  readonly call?: Call;
  /** What the client may have been told before. */
  readonly told?: RegExp;
  /** The call commits nothing. */
  readonly inTransaction?: boolean;
  /** The least number of commands. */
  readonly steps: number;
  /** What of each is withheld; by default it, and then its answer. */
  readonly parts?: readonly Part[];
}

/** A connection is idle. */
const connected = async ({ gateway }: EndedSession) => {
  await gateway.execute('select 1');
  await until(() => gateway.pool.counts.idle === 1);
};
const parked = ({ gateway }: EndedSession) => until(() => gateway.pool.counts.parked === 1);
const batch =
  (...statements: string[]): Call =>
  (number) => [
    'batch',
    statements
      .map((statement) => execute(statement)(number))
      .map(([methodName, ...params]) => ({ methodName, params })),
  ];

/** The table becomes unknown to the gateway. */
const forgetTables = async (ended: EndedSession) => {
  await ended.gateway.execute('create or replace view forgotten as select 1');
  await connected(ended);
};

export const PREPARATIONS: Readonly<Record<string, Preparation>> = {
  'a connection is opened for it': { steps: 12, parts: ['answer'] },
  'its connection is pinged': {
    steps: 2,
    history: async (ended) => {
      await ended.client.execute('select 1');
      await delay(1050);
    },
  },
  'the reader of its rows may pause': {
    steps: 2,
    cursorclass: 'SSCursor',
    history: connected,
  },
  'autocommit is turned off for it': {
    steps: 2,
    options: { autocommit: false },
    history: connected,
  },
  'its tables are looked up and LAST_INSERT_ID() is restored for it': {
    steps: 2,
    history: async (ended) => {
      await ended.client.execute('insert into counted values ()');
      await parked(ended);
      await forgetTables(ended);
    },
    call: execute('insert into ended values (last_insert_id() * 0 + {v})'),
  },
  'its character set is restored': {
    steps: 2,
    history: ({ client }) => client.execute('set names latin1'),
    call: execute("insert into ended values (length('é') * 0 + {v})"),
  },
  'it is stopped at its time limit': {
    steps: 3,
    options: { queryTimeout: 0.5 },
    history: connected,
    // MariaDB's KILL waits if several connections run SLEEP().
    call: execute("select get_lock('held', 20)"),
    told: /The statement took more than 0\.5 seconds/,
  },
  'it is one of several': {
    steps: 4,
    history: ({ client }) => client.execute('select 1'),
    call: batch(
      'set @ended = 42',
      'create temporary table leaked select 1 as v',
      'begin',
      'insert into ended values ({v})',
      'select 1',
    ),
    inTransaction: true,
  },
  'its transaction is rolled back at a time limit': {
    steps: 1,
    options: { idleTransactionTimeout: 0.5 },
    cause: async ({ client, number }) => {
      await client.call('begin');
      await client.execute('insert into ended values (%s)', [number]);
    },
    withheld: 'ROLLBACK',
    told: /The transaction was idle for more than 0\.5 seconds/,
    inTransaction: true,
  },
  'its connection is given to another session': {
    steps: 2,
    history: async (ended) => {
      await ended.client.execute('select 1');
      await parked(ended);
    },
    cause: ({ gateway }) => gateway.execute('select 1'),
  },
};

/** The server of a suite, with what the preparations need. */
export interface PreparedServer {
  readonly url: string;
  /** A gateway of its own to the server. */
  readonly direct: DatabaseGateway;
}

/** Prepares the server before the specs of a suite. */
export function preparedServer(): PreparedServer {
  let url: string;
  let direct: DatabaseGateway;
  before(async function () {
    url = testDatabase(this);
    direct = await DatabaseGateway.start(url, { connections: 20 });
    await recreate(direct, 'table ended (v int) engine=InnoDB');
    await recreate(direct, 'table counted (id int auto_increment primary key)');
    await (await direct.cursor()).execute("select get_lock('held', 0)");
  });
  after(() => direct?.stop());
  return {
    get url() {
      return url;
    },
    get direct() {
      return direct;
    },
  };
}
