import { ConnectionPool } from '../../database/pool/connection-pool.js';
import type { DatabaseSettings } from '../configuration/database-settings.js';
import { canLockOut, LOCKOUT_WARNING } from '../instance/account-check.js';
import { connectFailure } from '../instance/start-failures.js';

/** Whether a database can be used. */
export interface DatabaseCheck {
  readonly ok: boolean;
  /** One line, with the name of the database. */
  readonly text: string;
  /** What operators should change, in one line. */
  readonly warning?: string;
}

/** Connects to each database once, as a server does when it starts. */
export function checkDatabases(
  databases: ReadonlyMap<string, DatabaseSettings>,
  connectWait: number,
): Promise<DatabaseCheck[]> {
  return Promise.all([...databases].map(([name, database]) => checkDatabase(name, database, connectWait)));
}

async function checkDatabase(
  name: string,
  { connection: target, readOnly, init, limits }: DatabaseSettings,
  allWait: number,
): Promise<DatabaseCheck> {
  const { connectWait = allWait } = limits;
  const pool = new ConnectionPool(target, { connections: 1, connectWait, readOnly, init, name });
  try {
    // Without waiting for MySQL.
    await pool.check();
    const connection = await pool.acquire();
    const [[version = ''] = []] = await connection.query('SELECT VERSION()');
    const warning = (await canLockOut(connection)) ? { warning: `database ${name}: warning: ${LOCKOUT_WARNING}` } : {};
    await pool.release(connection);
    // Without what follows the number: the kind is known, and the text is the server's.
    const [number = 'of unknown version'] = /^\d+(\.\d+)*/.exec(version) ?? [];
    return { ok: true, text: `database ${name}: ok (${connection.server} ${number})`, ...warning };
  } catch (error) {
    return { ok: false, text: connectFailure(name, error).message };
  } finally {
    await pool.end();
  }
}
