import { call } from './client.js';
import { CursorClient } from './database-gateway.js';
import { ask, type HttpAnswer } from './http.js';
import { as, basic, passwordsOf } from './logins.js';
import { testDatabase } from './mariadb.js';
import { type LogLine, RunningServer } from './netsvc-server.js';
import { SuiteFolder } from './suite-folder.js';

/** The listener for operators, who log in. */
export const OPERATORS = { port: 0, users: 'users' };

/**
 * The server of a suite, or of each of its specs, with a configuration file. Beside it is a password file `users` with
 * grace, alan and olga. The suite is pending without a MySQL server.
 */
export class ConfiguredServer {
  readonly folder: SuiteFolder;
  /** The URL of the specs' database. */
  mysql = '';
  #options: object = {};
  #server: RunningServer | undefined;
  #stopped = false;

  /** Call it while specs are being defined. */
  constructor(of: 'suite' | 'spec' = 'suite') {
    this.folder = new SuiteFolder(of);
    const self = this;
    before(function () {
      self.mysql = testDatabase(this);
    });
    const stop = () => this.stop(0);
    if (of === 'suite') after(stop);
    else afterEach(stop);
  }

  /**
   * Starts it with the database `shop`, and a listener for operators who do not log in.
   *
   * @param options others; a database without a URL is that of the specs
   */
  async start(options: object = {}, ...flags: readonly string[]): Promise<this> {
    await this.folder.write('users', passwordsOf('grace', 'alan', 'olga'));
    this.#options = options;
    await this.write({});
    const listener = 'listeners' in options ? [] : ['--port', '0'];
    this.#server = await RunningServer.start(['--config', this.file, ...flags], listener);
    this.#stopped = false;
    return this;
  }

  /** Stops it if it is running. Its log can still be read. @param grace seconds for in-flight requests */
  async stop(grace?: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#server?.stop(grace);
  }

  get running(): RunningServer {
    if (this.#server === undefined) throw new Error('the server has not been started');
    return this.#server;
  }

  /** The configuration file. */
  get file(): string {
    return this.folder.file('netsvc.yaml');
  }

  /** Writes the options of the start, with changes, to the configuration file. */
  async write(changes: object): Promise<void> {
    const all = { admin: { port: 0 }, databases: { shop: {} }, ...this.#options, ...changes };
    const withUrls = Object.entries<object>(all.databases ?? {}).map(([name, database]) => [
      name,
      { url: this.mysql, ...database },
    ]);
    await this.folder.write('netsvc.yaml', { ...all, databases: Object.fromEntries(withUrls) });
  }

  /** Changes options of the start, for as long as no other ones are changed, and reloads them. */
  async reload(changes: object = {}): ReturnType<RunningServer['reload']> {
    await this.write(changes);
    return this.running.reload();
  }

  get log(): LogLine[] {
    return this.running.log;
  }

  /** The lines of the log with a message. */
  logged(message: string): LogLine[] {
    return this.log.filter((line) => line.message === message);
  }

  /** The URL of a database. @param login none by default; the password of a user is the name */
  url(login = '', database = 'shop'): string {
    const url = new URL(database, this.running.url).href;
    return login === '' ? url : as(login, url);
  }

  /** Opens a session. */
  open(login = '', database = 'shop', timeout = 60): Promise<CursorClient> {
    return CursorClient.open(this.url(login, database), timeout);
  }

  /** Makes a call of the admin service as the operator olga. */
  operate(method: string, ...params: readonly unknown[]): Promise<unknown> {
    return call(as('olga', `${this.running.adminUrl}admin`), method, ...params);
  }

  /** Gets what the listener for operators has at a path, by default as the operator olga. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return ask(this.running.adminUrl + path, { method: 'GET', headers: { ...basic('olga'), ...headers } });
  }

  /** The page for operators at a path. */
  async page(path: string): Promise<string> {
    return (await this.get(path, { Accept: 'text/html' })).body;
  }

  /** Sends a form to the listener for operators, as its pages do unless the headers say otherwise. */
  submit(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const body = String(new URLSearchParams(fields));
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(body.length) };
    const own = 'Origin' in headers ? {} : { 'Sec-Fetch-Site': 'same-origin' };
    return ask(this.running.adminUrl + path, { headers: { ...basic('olga'), ...form, ...own, ...headers }, body });
  }

  /** The value of a series in the metrics, by its name and its labels as they are printed there. */
  async metric(series: string): Promise<number | undefined> {
    const { body } = await this.get('metrics');
    const line = body.split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  }
}
