import { type ConnectionOptions, createConnection } from 'mysql2/promise';

/** Runs a statement on a connection of its own, and returns its rows. */
export async function runOnce(options: ConnectionOptions, sql: string): Promise<unknown[][]> {
  const connection = await createConnection({ ...options, rowsAsArray: true });
  try {
    const [rows] = await connection.query(sql);
    return Array.isArray(rows) ? (rows as unknown[][]) : [];
  } finally {
    await connection.end();
  }
}
