import { openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import { Interrupted, UsageError } from '../client/command-errors.js';

/**
 * Asks for a password on the terminal, without echo, whatever standard input is.
 *
 * @throws {UsageError} if there is no terminal
 */
export async function askPassword(user: string): Promise<string> {
  const terminal = openTerminal();
  const input = new ReadStream(terminal);
  const reader = createInterface({ input, terminal: true });
  try {
    writeSync(terminal, `Password of ${user}: `);
    return await new Promise((resolve, reject) => {
      reader.once('line', resolve);
      reader.once('SIGINT', () => reject(new Interrupted(2)));
      reader.once('close', () => reject(new UsageError('no password given')));
    });
  } finally {
    writeSync(terminal, '\n');
    reader.close();
    input.destroy();
  }
}

function openTerminal(): number {
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    throw new UsageError('no password: set RPC_CALL_PASSWORD or --password-file');
  }
}
