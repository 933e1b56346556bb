import { readFileSync } from 'node:fs';
import type { PrivateServer } from '#lib/server/private/private-server.js';
import { startPrivateServer, testDatabase, urlOf } from './mariadb.js';
import { runOnce } from './run-once.js';
import { SuiteFolder } from './suite-folder.js';
import { until } from './until.js';

/** A MySQL server of a suite, which its specs may stop, start again and configure. */
export class PrivateMysql {
  readonly #folder = new SuiteFolder();
  readonly #flags: readonly string[];
  #server: PrivateServer | undefined;

  /** Call it while specs are being defined. It runs before the suite, which is pending without a MySQL server. */
  constructor(flags: readonly string[] = []) {
    this.#flags = flags;
    const self = this;
    before(async function () {
      testDatabase(this);
      await self.start();
    });
    after(() => this.stop());
  }

  /** Starts it with the data that it had. */
  async start(): Promise<void> {
    this.#server = await startPrivateServer(this.#folder.file('data'), this.#flags);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  /** Ends its process, as a crash does. */
  async kill(): Promise<void> {
    const pid = this.#server?.pid;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await this.stop();
  }

  /** @param user one without a password */
  url(user = 'root'): string {
    if (this.#server === undefined) throw new Error('the MySQL server has not been started');
    return urlOf(this.#server).replace('root@', `${user}@`);
  }

  /** Runs a statement on a connection of its own. */
  query(sql: string): Promise<unknown[][]> {
    return runOnce(this.#server?.options ?? {}, sql);
  }

  /** Sets a global variable while `during` runs. */
  async withVariable(name: string, value: number, during: () => Promise<void>): Promise<void> {
    const [[before] = []] = await this.query(`select @@global.${name}`);
    await this.query(`set global ${name} = ${value}`);
    try {
      await during();
    } finally {
      await this.query(`set global ${name} = ${String(before)}`);
    }
  }

  /** Stops its process, which then does not answer, while `during` runs. */
  async frozen(during: () => Promise<void>): Promise<void> {
    const pid = this.#server?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
      await during();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }
}
