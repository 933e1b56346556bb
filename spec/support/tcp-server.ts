import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, createConnection } from 'mysql2/promise';
import type { PrivateServer } from '#lib/server/private/private-server.js';
import { freePort } from './free-port.js';
import { startPrivateServer } from './mariadb.js';
import { runOnce } from './run-once.js';

/** The account of the applications, which has no privileges that a read-only server ignores. */
export const APPLICATION = 'application';

/** A private server that listens on a port of 127.0.0.1, which a restart keeps. */
export class TcpServer {
  #server: PrivateServer | undefined;

  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly flags: readonly string[],
  ) {}

  /** Prepares a server that has no data, and starts none. @param flags in addition to those that make it fast */
  static async prepare(flags: readonly string[] = []): Promise<TcpServer> {
    return new TcpServer(await freePort(), await mkdtemp(join(tmpdir(), 'netsvc-tcp-')), flags);
  }

  /** Starts a server with the account of the applications. */
  static async start(flags: readonly string[] = []): Promise<TcpServer> {
    const server = await TcpServer.prepare(flags);
    await server.start();
    for (const statement of createApplication()) await server.query(statement);
    return server;
  }

  async start(): Promise<void> {
    const listening = ['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${this.port}`];
    this.#server = await startPrivateServer(this.folder, [...listening, ...this.flags]);
  }

  /** As in a URL. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  /** Connects as an administrator. */
  connect(): Promise<Connection> {
    return createConnection({ ...this.#server?.options, rowsAsArray: true });
  }

  /** Runs a statement as an administrator. */
  query(sql: string): Promise<unknown[][]> {
    return runOnce(this.#server?.options ?? {}, sql);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.stop();
  }

  /** Stops it, and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true });
  }
}

/** The statements that create the account of the applications. */
export function createApplication(): string[] {
  return [
    `create user ${APPLICATION}`,
    `grant select, insert, update, delete, create, drop on test.* to ${APPLICATION}`,
  ];
}

/** The URL of a database with several hosts, for the account of the applications. */
export function urlOfAll(servers: readonly { readonly port: number }[]): string {
  return `mysql://${APPLICATION}@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/test`;
}
