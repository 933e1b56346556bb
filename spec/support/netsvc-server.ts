import type { StartFailure } from '#lib/server/configuration/problems.js';
import { parseSettings } from '#lib/server/configuration/settings.js';
import { NetsvcServer } from '#lib/server/instance/netsvc-server.js';

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** The server of `bin/netsvc`, in this process and with a log of the spec. */
export class RunningServer {
  readonly #server: NetsvcServer;
  /** The log. */
  readonly log: LogLine[] = [];

  private constructor(args: readonly string[]) {
    const parse = (options = {}) => parseSettings(args, {}, '', options).settings;
    const take = (level: string) => (fields: object, message: string) => void this.log.push({ level, fields, message });
    const log = { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') };
    const readSettings = () => parse({ readFiles: true, strict: true });
    this.#server = new NetsvcServer(parse(), log, { readSettings, version: '1.2.3' });
  }

  /** @param listener flags of its listener; none if a file has several */
  static async start(args: readonly string[], listener: readonly string[] = ['--port', '0']): Promise<RunningServer> {
    const server = new RunningServer([...listener, ...args]);
    await server.#server.start();
    return server;
  }

  /** The URLs of the databases. */
  get endpoints(): readonly string[] {
    return this.#server.addresses.flatMap(({ endpoints }) => endpoints);
  }

  /** The URL of the first database. */
  get url(): string {
    return this.endpoints[0] ?? '';
  }

  /** The URL of the admin listener. */
  get adminUrl(): string {
    return this.#server.adminUrl ?? '';
  }

  /** Resolves to why the server cannot go on, if that happens. */
  get failed(): Promise<StartFailure> {
    return this.#server.failed;
  }

  /** As on SIGHUP. */
  reload(): ReturnType<NetsvcServer['reload']> {
    return this.#server.reload();
  }

  /** As on SIGTERM, before `stop`. */
  drain(): Promise<void> {
    return this.#server.drain();
  }

  /** @param grace seconds for in-flight requests */
  stop(grace?: number): Promise<void> {
    return this.#server.stop(grace);
  }
}
