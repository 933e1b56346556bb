import { ConnectionPool, Cursor, Database, parseMysqlUrl } from '#lib/database/index.js';
import { FAULTS, type Service, ServiceFailure, ServiceRegistry, ServiceRequest } from '#lib/index.js';
import { failureOf } from '#lib/netsvc/failure-of.js';
import type { Value } from '#lib/xmlrpc/value.js';
import { until } from '../../support/until.js';
import { xmlOf } from '../../support/xml-of.js';
import { OUTSIDE, resetStatements, SESSIONS, schemaStatements } from './statements.js';

/** One for each session, and one for calls outside of them. */
const CONNECTIONS = SESSIONS + 1;

/** Of the sessions that need all connections. */
const NOISE = 'create table noise (id int auto_increment primary key)';

/** What a client receives for a statement. */
export interface Seen {
  readonly answer: string;
  /** The fault of a statement that reads session state that is lost. */
  readonly lost: boolean;
}

/** How a client makes the calls for a statement. */
export type Way = 'calls' | 'batch' | 'once';

/** The calls that describe the result of a statement. */
const DESCRIBING = ['description', 'fetchall', 'rowcount', 'lastrowid'];

/** Sessions on a schema of their own, with a dedicated connection each or multiplexed on a few. */
export class World {
  readonly #pool: ConnectionPool;
  readonly #database: Database;
  #sessions: Cursor[] = [];
  /** The numbers of the last calls of `once`. */
  #numbers: number[] = [];
  #autocommit = true;

  private constructor(
    pool: ConnectionPool,
    readonly schema: string,
    pin: boolean,
    readonly connections: number,
  ) {
    this.#pool = pool;
    this.#database = new Database('model', pool, { registry: new ServiceRegistry(), pin });
  }

  /** Creates a world with the schema of the model. */
  static async create(url: string, schema: string, pin: boolean): Promise<World> {
    const world = await World.empty(url, schema, pin, CONNECTIONS);
    for (const statement of schemaStatements()) await world.#execute(statement);
    return world;
  }

  /** Creates a world with an empty schema, and no sessions. */
  static async empty(url: string, schema: string, pin: boolean, connections: number): Promise<World> {
    const { connection } = parseMysqlUrl(url);
    const outside = new World(new ConnectionPool(connection, { connections: 1 }), '', true, 1);
    await outside.#execute(`drop database if exists ${schema}`);
    await outside.#execute(`create database ${schema}`);
    await outside.close();
    const pool = new ConnectionPool({ ...connection, database: schema }, { connections });
    const world = new World(pool, schema, pin, connections);
    await world.#execute(NOISE);
    return world;
  }

  /** Replaces the schema, and the sessions by one. Statements that the server does not accept change nothing. */
  async recreate(statements: readonly string[]): Promise<void> {
    await this.#closeSessions();
    // In one session: no connection can be opened while there is no schema.
    const anew = [`drop database ${this.schema}`, `create database ${this.schema}`, `use ${this.schema}`];
    const calls = anew.map((query) => ({ methodName: 'execute', params: [query] }));
    await this.#database.perform('session', [calls], new ServiceRequest('', ''));
    for (const statement of [NOISE, ...statements]) {
      await this.#seen(this.#database, [['execute', statement.replaceAll('{schema}', this.schema)]]);
    }
    await this.#open(0);
  }

  /** Restores the tables, and opens new sessions. */
  async reset(autocommit = true): Promise<void> {
    await this.#closeSessions();
    this.#autocommit = autocommit;
    for (const statement of resetStatements()) await this.#execute(statement);
    for (let i = 0; i < SESSIONS; i++) await this.#open(i);
  }

  /** Runs a statement in a session, and calls all methods that describe its result. */
  async execute(session: number, statement: string, way: Way = 'calls'): Promise<Seen> {
    const cursor = this.#session(session);
    const query = this.#statement(session, statement);
    const calls: [string, ...Value[]][] = [['execute', query], ...DESCRIBING.map((name): [string] => [name])];
    if (way === 'calls') return this.#seen(cursor, calls);
    const list = calls.map(([methodName, ...params]) => ({ methodName, params }));
    if (way === 'batch') return this.#seen(cursor, [['batch', list]]);
    const n = (this.#numbers[session] ?? 0) + 1;
    this.#numbers[session] = n;
    const [seen, repeated] = [
      await this.#seen(cursor, [['once', n, 'batch', [list]]]),
      await this.#seen(cursor, [['once', n, 'batch', [list]]]),
    ];
    if (repeated.answer !== seen.answer) throw new Error(`repeated: ${repeated.answer}, at first ${seen.answer}`);
    return seen;
  }

  /** Runs statements outside of the sessions. */
  outside(method: 'session' | 'transaction', statements: readonly string[]): Promise<Seen> {
    const queries = statements.map((statement) => this.#statement(OUTSIDE, statement));
    const calls = queries.map((query) => ({ methodName: 'query', params: [query] }));
    return this.#seen(this.#database, [[method, method === 'session' ? calls : queries.map((query) => [query])]]);
  }

  /** Uses all connections that no session is pinned to, and leaves session state of every kind on them. */
  async disturb(): Promise<void> {
    const { open, idle, parked } = this.#pool.counts;
    const free = idle + parked + (this.connections - open);
    const taken = await Promise.all(Array.from({ length: free }, () => this.#pool.acquire()));
    for (const connection of taken) {
      await connection.runOwn("select cast('x' as signed) from (select 1 union all select 2 union all select 3) q");
      await connection.runOwn('insert into noise values (), ()');
      await this.#pool.release(connection);
    }
  }

  /** An operator pauses the database, which closes all connections that no session is pinned to, and resumes it. */
  async pause(): Promise<void> {
    this.#pool.pause(60).catch(() => {});
    await until(() => this.#pool.counts.idle + this.#pool.counts.parked === 0);
    this.#pool.resume();
  }

  /** An operator closes a session. Its client opens another one. */
  async closeByOperator(session: number): Promise<void> {
    await this.#session(session).closeFor('operator');
    await this.#open(session);
  }

  /** An operator stops the statement of a session. */
  async cancel(session: number): Promise<Seen> {
    const cursor = this.#session(session);
    const seen = this.#seen(cursor, [['execute', 'select sleep(20)']]);
    await until(() => cursor.cancel(ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'An operator stopped the statement.')));
    return seen;
  }

  async close(): Promise<void> {
    await this.#closeSessions();
    await this.#pool.end();
  }

  #session(session: number): Cursor {
    const cursor = this.#sessions[session];
    if (cursor === undefined) throw new Error('there is no such session');
    return cursor;
  }

  #statement(session: number, statement: string): string {
    return statement.replaceAll('{n}', String(session)).replaceAll('{schema}', this.schema);
  }

  /** Makes calls, up to one that reads what is lost. */
  async #seen(service: Service, calls: readonly (readonly [string, ...Value[]])[]): Promise<Seen> {
    const seen: string[] = [];
    for (const [method, ...params] of calls) {
      const answer = await answerOf(service, method, params);
      if (answer.includes(' is lost')) return { answer, lost: true };
      seen.push(answer);
    }
    return { answer: seen.join('\n').replaceAll(this.schema, '{schema}'), lost: false };
  }

  async #open(session: number): Promise<void> {
    const { sessions } = this.#database.registry;
    const before = new Set(sessions);
    const options = { timeout: 600, autocommit: this.#autocommit };
    await this.#database.perform('session', [[], options], new ServiceRequest('', ''));
    const cursor = [...sessions].find((open) => !before.has(open));
    if (!(cursor instanceof Cursor)) throw new Error('there is no such session');
    this.#sessions[session] = cursor;
    this.#numbers[session] = 0;
  }

  async #closeSessions(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    this.#sessions = [];
  }

  async #execute(statement: string): Promise<void> {
    await this.#database.perform('execute', [statement], new ServiceRequest('', ''));
  }
}

async function answerOf(service: Service, method: string, params: readonly Value[]): Promise<string> {
  const request = new ServiceRequest('', '');
  try {
    return await xmlOf(await service.perform(method, params, request), service);
  } catch (error) {
    const failure = failureOf(error, service, request);
    return `${failure.error} ${failure.faultString}`;
  }
}
