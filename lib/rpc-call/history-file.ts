import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MAX_LINES = 1000;

/** Statements with passwords, as in `mysql`. */
const SECRET = /identified|password/i;

/** The lines of the prompt's statements, in a file that only its owner can read. */
export class HistoryFile {
  readonly #path: string;

  /** @param environment with XDG_STATE_HOME or HOME */
  constructor(environment: NodeJS.ProcessEnv) {
    const { XDG_STATE_HOME: state, HOME: home = '.' } = environment;
    this.#path = state ? join(state, 'rpc-call', 'history') : join(home, '.rpc_call_history');
  }

  /** Returns the lines, the last one first. */
  read(): string[] {
    const lines = this.#lines();
    if (lines.length > 2 * MAX_LINES) this.#write(() => writeFileSync(this.#path, text(lines.slice(-MAX_LINES))));
    return lines.slice(-MAX_LINES).reverse();
  }

  /**
   * Adds the lines of a statement, unless it contains a password.
   *
   * @returns whether they were added
   */
  add(lines: readonly string[]): boolean {
    if (SECRET.test(lines.join('\n'))) return false;
    this.#write(() => {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, text(lines), { mode: 0o600 });
      // It may have been created by somebody else.
      chmodSync(this.#path, 0o600);
    });
    return true;
  }

  #lines(): string[] {
    try {
      return readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
    } catch {
      return [];
    }
  }

  /** A history that cannot be written is no reason to end a session. */
  #write(write: () => void): void {
    try {
      write();
    } catch {}
  }
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
