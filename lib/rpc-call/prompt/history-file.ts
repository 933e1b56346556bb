import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MAX_ENTRIES = 1000;

/** Statements with passwords, as in `mysql`. */
const SECRET = /identified|password/i;

/**
 * The statements of the prompt, in a file that only its owner can read. A statement begins a line; its other lines
 * follow it, and begin with a tab.
 */
export class HistoryFile {
  readonly #path: string;

  /** @param environment with XDG_STATE_HOME or HOME */
  constructor(environment: NodeJS.ProcessEnv) {
    const { XDG_STATE_HOME: state, HOME: home = '.' } = environment;
    this.#path = state ? join(state, 'rpc-call', 'history') : join(home, '.rpc_call_history');
  }

  /** Returns the statements, the last one first. */
  read(): string[] {
    const entries = this.#entries();
    const kept = entries.slice(-MAX_ENTRIES);
    if (entries.length > 2 * MAX_ENTRIES) {
      this.#write(() => writeFileSync(this.#path, kept.map(fileText).join(''), { mode: 0o600 }));
    }
    return kept.reverse();
  }

  /**
   * Adds a statement, unless it contains a password.
   *
   * @returns whether it was added
   */
  add(statement: string): boolean {
    if (SECRET.test(statement)) return false;
    this.#write(() => {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, fileText(statement), { mode: 0o600 });
      // It may have been created by somebody else.
      chmodSync(this.#path, 0o600);
    });
    return true;
  }

  #entries(): string[] {
    try {
      const text = readFileSync(this.#path, 'utf8').replace(/\n$/, '');
      return text.split(/\n(?!\t)/).flatMap((entry) => (entry === '' ? [] : [entry.replaceAll('\n\t', '\n')]));
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

function fileText(statement: string): string {
  return `${statement.trim().replaceAll('\n', '\n\t')}\n`;
}
