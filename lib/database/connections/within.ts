import type { MysqlConnection } from './mysql-connection.js';

/** Destroys the connection if `work` fails or takes too long; then `work` fails. @throws the error of `work` */
export async function within(
  milliseconds: number,
  connection: MysqlConnection,
  work: () => Promise<unknown>,
  reason?: string,
): Promise<void> {
  const timer = setTimeout(() => connection.destroy(reason), milliseconds);
  try {
    await work();
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
