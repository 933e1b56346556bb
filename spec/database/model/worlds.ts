import { ConnectionPool, Cursor, Database, parseMysqlUrl } from '#lib/database/index.js';
import { ServiceRegistry } from '#lib/index.js';
import { failureOf } from '#lib/netsvc/failure-of.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { encodeResponse, responsePieces } from '#lib/xmlrpc/encoder.js';
import { StreamedValue } from '#lib/xmlrpc/streamed-value.js';
import { resetStatements, SESSIONS, schemaStatements } from './statements.js';

/** What a client receives for a statement. */
export interface Seen {
  readonly answer: string;
  /** The fault of a statement that reads session state that is lost. */
  readonly lost: boolean;
}

/** Sessions on a schema of their own, with a dedicated connection each or multiplexed on a few. */
export class World {
  readonly #pool: ConnectionPool;
  readonly #database: Database;
  #sessions: Cursor[] = [];

  private constructor(
    pool: ConnectionPool,
    readonly schema: string,
    pin: boolean,
  ) {
    this.#pool = pool;
    this.#database = new Database('model', pool, { registry: new ServiceRegistry(), pin });
  }

  static async create(url: string, schema: string, pin: boolean): Promise<World> {
    const { connection } = parseMysqlUrl(url);
    const outside = new World(new ConnectionPool(connection, { connections: 1 }), '', true);
    await outside.#execute(`drop database if exists ${schema}`);
    await outside.#execute(`create database ${schema}`);
    await outside.close();
    const world = new World(
      new ConnectionPool({ ...connection, database: schema }, { connections: SESSIONS }),
      schema,
      pin,
    );
    await world.#execute('create table noise (id int auto_increment primary key)');
    for (const statement of schemaStatements()) await world.#execute(statement);
    return world;
  }

  /** Restores the tables, and opens new sessions. */
  async reset(autocommit = true): Promise<void> {
    await this.#closeSessions();
    for (const statement of resetStatements()) await this.#execute(statement);
    for (let i = 0; i < SESSIONS; i++) this.#sessions.push(await this.#open(autocommit));
  }

  /** Runs a statement in a session, and calls all methods that describe its result. */
  async execute(session: number, statement: string): Promise<Seen> {
    const cursor = this.#sessions[session];
    if (cursor === undefined) throw new Error('there is no such session');
    const query = statement.replaceAll('{n}', String(session)).replaceAll('{schema}', this.schema);
    const seen: string[] = [];
    for (const [method, ...params] of [
      ['execute', query],
      ['description'],
      ['fetchall'],
      ['rowcount'],
      ['lastrowid'],
    ]) {
      try {
        seen.push(await xmlOf(await cursor.perform(method ?? '', params, new ServiceRequest('', '')), cursor));
      } catch (error) {
        const failure = failureOf(error, cursor, new ServiceRequest('', ''));
        if (failure.details.startsWith('The session state that the statement reads'))
          return { answer: failure.details, lost: true };
        seen.push(`${failure.error} ${failure.faultString}`);
      }
    }
    return { answer: seen.join('\n').replaceAll(this.schema, '{schema}'), lost: false };
  }

  /** Uses all connections that no session is pinned to, and leaves session state of every kind on them. */
  async disturb(): Promise<void> {
    const { open, idle, parked } = this.#pool.counts;
    const free = idle + parked + (SESSIONS - open);
    const taken = await Promise.all(Array.from({ length: free }, () => this.#pool.acquire()));
    for (const connection of taken) {
      await connection.runOwn("select cast('x' as signed) from everybody a, everybody b, everybody c");
      await connection.runOwn('insert into noise values (), ()');
      await this.#pool.release(connection);
    }
  }

  async close(): Promise<void> {
    await this.#closeSessions();
    await this.#pool.end();
  }

  async #open(autocommit: boolean): Promise<Cursor> {
    const { sessions } = this.#database.registry;
    const before = new Set(sessions);
    await this.#database.perform('session', [[], { timeout: 600, autocommit }], new ServiceRequest('', ''));
    const cursor = [...sessions].find((session) => !before.has(session));
    if (!(cursor instanceof Cursor)) throw new Error('there is no such session');
    return cursor;
  }

  async #closeSessions(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    this.#sessions = [];
  }

  async #execute(statement: string): Promise<void> {
    await this.#database.perform('execute', [statement], new ServiceRequest('', ''));
  }
}

async function xmlOf(value: unknown, cursor: Cursor): Promise<string> {
  if (!(value instanceof StreamedValue)) return encodeResponse(value, cursor).toString();
  let xml = '';
  for await (const piece of responsePieces(value)) xml += piece.toString();
  return xml;
}
