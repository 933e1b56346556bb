import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { findPython } from '../support/python.js';
import { pend } from '../support/test-server.js';

/** Copies between this process and a terminal of its own, and exits with the status of the program in it. */
const PTY = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** A program in a terminal. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #output = '';
  /** The length of what `until` has returned. */
  #seen = 0;
  #wake = () => {};

  private constructor(python: string, command: readonly string[], env: NodeJS.ProcessEnv) {
    const size = ['sh', '-c', 'stty rows 40 cols 100; exec "$@"', 'sh'];
    this.#child = spawn(python, ['-c', PTY, ...size, ...command], { env: { ...process.env, TERM: 'xterm', ...env } });
    this.#ended = once(this.#child, 'close');
    // Keys that are typed after the end are lost.
    this.#child.stdin?.on('error', () => {});
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#wake();
      });
    }
  }

  /** Call it in a spec, which is pending without Python. */
  static start(context: Mocha.Context, command: readonly string[], env: NodeJS.ProcessEnv = {}): Terminal {
    const python = findPython('3') ?? pend(context, 'there is no Python 3');
    return new Terminal(python.command, command, env);
  }

  /** Waits until a text is shown, and returns what was shown up to its end. */
  async until(text: string): Promise<string> {
    const deadline = AbortSignal.timeout(25_000);
    while (!this.#shown.includes(text)) {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        deadline.onabort = () => {
          this.#child.kill();
          reject(new Error(`"${text}" was not shown, but: ${this.#shown}`));
        };
      });
    }
    const shown = this.#shown.slice(0, this.#shown.indexOf(text) + text.length);
    this.#seen += shown.length;
    return shown;
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Types a line. */
  enter(line: string): void {
    this.type(`${line}\r`);
  }

  /** Types a line, and returns what is shown from there to the end of a text, by default the next prompt. */
  ask(line: string, text = 'database> '): Promise<string> {
    this.enter(line);
    return this.until(text);
  }

  /** Types \\q, and waits for the end of the program, which must be successful. */
  async quit(): Promise<void> {
    this.enter('\\q');
    expect(await this.end()).to.include({ status: 0 });
  }

  /** Presses Tab until a text is shown. */
  async tab(text: string): Promise<void> {
    const timer = setInterval(() => this.type('\t'), 100);
    this.type('\t');
    await this.until(text).finally(() => clearInterval(timer));
  }

  /** Waits for the end of the program. Returns its exit status and what was shown since the last `until`. */
  async end(): Promise<{ readonly status: number; readonly shown: string }> {
    const [status] = await this.#ended;
    return { status: Number(status), shown: this.#shown };
  }

  /** What has been shown since the last `until`, without the codes that move the cursor. */
  get #shown(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes begin with ESC
    const plain = this.#output.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r+\n/g, '\n');
    return plain.slice(this.#seen);
  }
}

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';
export const CTRL_R = '\u0012';
export const UP = '\u001b[A';
