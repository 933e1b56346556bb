import { EventEmitter, once } from 'node:events';
import { Cursor } from '#lib/database/index.js';
import { Service, type ServiceRegistry, Sweeper } from '#lib/index.js';
import { ClientDisconnected } from '#lib/netsvc/service-failure.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import type { Value } from '#lib/xmlrpc/value.js';
import { call } from './client.js';
import { CommandProxy } from './command-proxy.js';
import { type CursorClient, DatabaseGateway, type GatewayOptions } from './database-gateway.js';
import { until } from './until.js';
import { xmlOf } from './xml-of.js';

/** In each statement of the session that is ended. */
export const MARK = '/* of the ended session */';

/** What becomes of a call. */
export type Answer = 'success' | { readonly code?: number; readonly status?: number; readonly text: string };

/** A service whose only method runs until the server ends it, after the methods of earlier requests. */
class Aborted extends Service {
  /** Emits `running` and `aborted`. */
  readonly events = new EventEmitter();

  constructor(registry: ServiceRegistry) {
    super('aborted', registry);
    this.joinGroup('database-services');
    this.exportMethod(this.wait);
  }

  async wait(): Promise<number> {
    this.events.emit('running');
    await once(this.currentRequest.signal, 'abort');
    this.events.emit('aborted');
    return 0;
  }
}

/** A call, and its client. */
export interface MadeCall {
  readonly answer: Promise<Answer>;
  hangUp(): void;
}

let sessions = 0;

/** A session on a gateway of its own, whose commands to MySQL can be withheld. */
export class EndedSession {
  /** Of all sessions. */
  readonly number = ++sessions;
  #callsHere = 0;

  private constructor(
    readonly proxy: CommandProxy,
    readonly gateway: DatabaseGateway,
    readonly client: CursorClient,
    readonly session: Cursor,
    readonly time: { now: number },
  ) {}

  static async start(url: string, options: GatewayOptions = {}, cursorclass = 'Cursor'): Promise<EndedSession> {
    const proxy = await CommandProxy.start(url);
    const time = { now: 0 };
    const clock = () => time.now;
    const gateway = await DatabaseGateway.start(proxy.url, { connections: 1, connectWait: 5, clock, ...options });
    const client = await gateway.cursor(60, cursorclass);
    const session = gateway.registry.lookupServiceName(`database/${client.id}`);
    if (!(session instanceof Cursor)) throw new Error('there is no such session');
    return new EndedSession(proxy, gateway, client, session, time);
  }

  /** The session can be found. */
  get isOpen(): boolean {
    return this.gateway.registry.lookupServiceName(`database/${this.client.id}`) !== undefined;
  }

  /** The number of its statements that have been sent to MySQL. */
  get statements(): number {
    return this.proxy.received.filter(({ text }) => text.includes(MARK)).length;
  }

  /** Resolves when a request is being answered. */
  get busy(): Promise<undefined> {
    const running = () => this.session.activity.running || this.#callsHere > 0;
    return until(running, 1).then(
      () => undefined,
      () => undefined,
    );
  }

  /** Makes a call in this process. */
  callHere(method: string, ...params: unknown[]): MadeCall {
    const request = new ServiceRequest('', '');
    const call = async () => {
      return xmlOf(await this.session.perform(method, params as Value[], request), this.session);
    };
    this.#callsHere++;
    const answer = answerOf(call()).finally(() => this.#callsHere--);
    return { answer, hangUp: () => request.abort(new ClientDisconnected()) };
  }

  /** Lets the idle time of the session pass, and sweeps. */
  expire(): void {
    this.time.now += 61_000;
    new Sweeper(this.gateway.registry).sweep();
  }

  /** Shuts down, without time for the requests. Resolves when they have been aborted. */
  async shutDown(): Promise<{ readonly done: Promise<unknown> }> {
    const { database, daemon, registry, pool, url } = this.gateway;
    const { events } = new Aborted(registry);
    call(new URL('/aborted', url).href, 'wait').catch(() => {});
    await once(events, 'running');
    const aborted = once(events, 'aborted');
    const stop = async () => {
      database.drain();
      await daemon.stop();
      await registry.close();
      await pool.end();
    };
    const done = stop();
    await aborted;
    return { done };
  }

  /** All connections are idle. */
  async quiet(): Promise<void> {
    const { pool } = this.gateway;
    await until(() => pool.counts.idle === pool.counts.open && pool.counts.waiting === 0, 3).catch(() => {
      throw new Error(`the connections do not become idle: ${JSON.stringify(pool.counts)}`);
    });
  }

  async stop(): Promise<void> {
    // Without its connections, nothing can be waited for.
    await this.proxy.stop();
    await this.gateway.stop();
  }
}

/** Returns what became of a call, or of the last one of a list. Never rejects. */
export async function answerOf(call: Promise<unknown>): Promise<Answer> {
  try {
    const value = await call;
    const last: unknown = Array.isArray(value) ? value.at(-1) : undefined;
    if (typeof last === 'object' && last !== null && 'faultCode' in last) throw last;
    // The document of a call in this process: a fault, or nothing that a client could read.
    if (typeof value === 'string' && !/^(?!.*faultCode).*<value>/s.test(value)) return { text: value };
    return 'success';
  } catch (error) {
    const {
      faultCode,
      faultString,
      res,
      message = '',
    } = error as {
      readonly faultCode?: number;
      readonly faultString?: string;
      readonly res?: { readonly statusCode: number };
      readonly message?: string;
    };
    if (faultCode !== undefined) return { code: faultCode, text: faultString ?? '' };
    return res === undefined ? { text: message } : { status: res.statusCode, text: message };
  }
}
