import { createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';

/** The kinds of servers, whose SQL and error messages differ. */
export type ServerKind = 'MariaDB' | 'MySQL';

/** The rows of the table `numbers`. */
const NUMBERS = 100_000;

/** The kind of the server of the specs. Call it in a spec or a hook, not while specs are being defined. */
export function serverKind(): ServerKind {
  return process.env.NETSVC_TEST_SERVER === 'MySQL' ? 'MySQL' : 'MariaDB';
}

/** What differs between the servers. */
export type PerServer<T> = Readonly<Record<ServerKind, T>>;

/** Returns what the server of the specs needs. */
export function perServer<T>(values: PerServer<T>): T {
  return values[serverKind()];
}

/** Makes a spec, or all specs behind a hook, pending on servers of the other kind. The title then has the reason. */
export function onlyOn(kind: ServerKind, context: Mocha.Context, reason: string): void {
  if (serverKind() !== kind) pend(context, reason);
}

/** Makes a spec, or all specs behind a hook, pending. The title then has the reason. */
export function pend(context: Mocha.Context, reason: string): never {
  const { test } = context;
  // Mocha titles a hook `"before all" hook in "..."`.
  const titled = test?.title.startsWith('"before') ? test.parent : test;
  if (titled) titled.title += ` (pending: ${reason})`;
  return context.skip();
}

/**
 * Finds out the kind of the server, and creates the table `numbers`, whose column `seq` contains 1 to 100,000: MariaDB
 * alone has tables such as `seq_1_to_100`.
 */
export async function prepareServer(url: string): Promise<void> {
  const connection = await createConnection({ ...parseMysqlUrl(url).connection, rowsAsArray: true });
  try {
    const [rows] = await connection.query('select version()');
    process.env.NETSVC_TEST_SERVER = /mariadb/i.test(String(rows)) ? 'MariaDB' : 'MySQL';
    await connection.query('drop table if exists numbers');
    await connection.query('create table numbers (seq int primary key)');
    const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit} as d`).join(' union all ');
    const powers = Array.from({ length: String(NUMBERS).length - 1 }, (_, power) => power);
    const sum = powers.map((power) => `t${power}.d * ${10 ** power}`).join(' + ');
    const tables = powers.map((power) => `(${digits}) t${power}`).join(', ');
    await connection.query(`insert into numbers select 1 + ${sum} from ${tables}`);
  } finally {
    await connection.end();
  }
}
