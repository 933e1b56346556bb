import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemErrorText } from '../../system/system-error.js';
import { loggedError, ServerUnavailable } from './mysqld-program.js';

/** Milliseconds that the server may take to start, and to stop. */
const START_WAIT = 60_000;
const STOP_WAIT = 30_000;

/** Milliseconds between an error in the log and the end that it explains. */
const CAUSE_WAIT = 10_000;

/** Milliseconds for the rest of the log of a process that has ended. */
const LOG_WAIT = 1000;

/** A process of a MySQL or MariaDB server. */
export class MysqldProcess {
  /** Resolves to how the process ended, such as `killed by SIGKILL`. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  /** The first error of the start, and the last one after it. */
  #error: string | undefined;
  #errorTime = 0;
  #started = false;

  /** @param signal sends SIGTERM to the process, at once */
  constructor(path: string, args: readonly string[], signal: AbortSignal) {
    // In a process group of its own, so that Ctrl-C does not stop it before the last statement has ended.
    const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, signal });
    this.#child = child;
    this.ended = new Promise((resolve) => {
      // It could not be started; or it was aborted, which does not matter any more.
      child.on('error', (error) => resolve(systemErrorText(error)));
      child.once('exit', (status, killer) => {
        const how = killer === null ? `exited with status ${status}` : `killed by ${killer}`;
        // With the rest of its log, unless another process has that open.
        child.once('close', () => resolve(this.#withCause(how)));
        setTimeout(() => resolve(this.#withCause(how)), LOG_WAIT).unref();
      });
    });
    this.#ready = this.#readLog();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Resolves when the server is ready for connections. If it is not in time, it is killed.
   *
   * @throws {ServerUnavailable} when the process has ended
   */
  async ready(): Promise<void> {
    const timer = setTimeout(() => {
      this.#note(`not ready after ${START_WAIT / 1000} seconds`);
      this.#child.kill('SIGKILL');
    }, START_WAIT);
    const ended = this.ended.then((how) => {
      throw new ServerUnavailable(this.#error ?? how);
    });
    try {
      await Promise.race([this.#ready, ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Stops the server. If it does not stop in time, it is killed. */
  async terminate(): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT);
    await exited;
    clearTimeout(timer);
  }

  #withCause(how: string): string {
    const isRecent = performance.now() - this.#errorTime < CAUSE_WAIT;
    return this.#error === undefined || !isRecent ? how : `${how}: ${this.#error}`;
  }

  #note(error: string): void {
    if (!this.#started && this.#error !== undefined) return;
    this.#error = error;
    this.#errorTime = performance.now();
  }

  /** Reads the log, also after the start, because a server that cannot write it blocks. */
  #readLog(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.stderr === null) return;
      createInterface(this.#child.stderr).on('line', (line) => {
        const error = loggedError(line);
        if (error !== undefined) this.#note(error);
        if (!/ready for connections/.test(line)) return;
        this.#started = true;
        this.#error = undefined;
        resolve();
      });
    });
  }
}
