// Gives each client a connection to a file of SQLite, with transactions. Needs the package node-sqlite3-wasm.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import {
  DateTime,
  Decimal,
  Double,
  type Method,
  Service,
  Session,
  type SessionMethods,
  serve,
  type Value,
} from 'netsvc';
import sqlite from 'node-sqlite3-wasm';

const CONNECTION_METHODS = {
  execute: {
    params: [
      { name: 'sql', type: 'string' },
      { name: 'args', type: 'array', optional: true },
    ],
    returns: 'int',
    help: 'Runs a statement, whose arguments replace its question marks. Returns the number of rows last changed.',
  },
  query: {
    params: [
      { name: 'sql', type: 'string' },
      { name: 'args', type: 'array', optional: true },
    ],
    returns: 'array',
    help: 'Runs a statement and returns its rows, as structs. Fault 1 has the text of an error of SQLite.',
    example: ["select 'a' as letter, 0.5 as half"],
  },
} as const satisfies SessionMethods;

class Connections extends Service {
  readonly #file: string;

  constructor(file: string) {
    super('sqlite');
    this.#file = file;
    this.exportMethod(this.connect, {
      params: [],
      returns: 'string',
      help: 'Opens a connection and returns its id. A connection that is not used for five minutes is closed.',
      opens: CONNECTION_METHODS,
    });
  }

  connect(): string {
    return new Connection(this, this.#file).childName;
  }
}

class Connection extends Session {
  readonly #database: InstanceType<typeof sqlite.Database>;

  constructor(parent: Service, file: string) {
    super(parent, 300);
    this.#database = new sqlite.Database(file);
    this.exportMethods(CONNECTION_METHODS);
  }

  execute(sql: string, args: readonly Value[] = []): number {
    return this.#database.run(sql, args.map(bound)).changes;
  }

  query(sql: string, args: readonly Value[] = []) {
    return this.#database.all(sql, args.map(bound));
  }

  // Every error of SQLite is a fault with its text, such as that of a table that another connection has locked.
  override executeMethod(name: string, method: Method, params: readonly unknown[]): unknown {
    try {
      return super.executeMethod(name, method, params);
    } catch (error) {
      if (error instanceof sqlite.SQLite3Error) this.abortResponse(1, 'SQL Error', 'sqlite', error.message);
      throw error;
    }
  }

  // A transaction that its client has not committed is rolled back.
  override async destroyReferences(): Promise<void> {
    this.#database.close();
    await super.destroyReferences();
  }
}

/** Returns an argument as a value of SQLite, which has neither dates nor decimals. */
function bound(value: Value) {
  if (value instanceof Double) return value.value;
  if (value instanceof DateTime || value instanceof Decimal) return String(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}

const [file = 'netsvc.db'] = process.argv.slice(2);
rmSync(`${file}.lock`, { recursive: true, force: true }); // of a process that was killed
new Connections(file);
const server = await serve({ port: Number(process.env.PORT ?? 8000) });
console.log(`listening on ${server.url}`);
await once(process, 'SIGTERM');
await server.close();
