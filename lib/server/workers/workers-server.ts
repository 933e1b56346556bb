import cluster from 'node:cluster';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withResolvers } from '../../database/connections/with-resolvers.js';
import type { Log } from '../../netsvc/log.js';
import { type ChangedSettings, changedSettings, withChanges } from '../changed-settings.js';
import type { Address } from '../listener-address.js';
import { OperatorAccess } from '../operator-access.js';
import { PrivateServer } from '../private-server.js';
import { ServerUnavailable } from '../server-program.js';
import { type SupervisedServer, supervise } from '../server-supervision.js';
import { type Settings, sessionLimits } from '../settings.js';
import { StartFailure } from '../start-failure.js';
import type { ConnectionHandle, Handover } from './connection-handover.js';
import { OperatedWorkers } from './operated-workers.js';
import { SessionReservations } from './session-reservations.js';
import type { WorkerCalls } from './worker-channel.js';
import { WorkerProcess } from './worker-process.js';

/** Milliseconds in which the changes of loads are collected. */
const LOADS_INTERVAL = 50;

/** Seconds after the grace period in which a worker has to end. */
const STOP_WAIT = 30;

/**
 * The primary process of `--workers`: it starts the workers, which serve the clients, starts one that has ended again,
 * and has what they share: the private server, the limits of sessions, and the listener for operators.
 */
export class WorkersServer {
  #settings: Settings;
  readonly #reread: () => Settings;
  readonly #log: Log;
  readonly #operated: OperatedWorkers;
  readonly #operatorAccess: OperatorAccess | undefined;
  readonly #reservations: SessionReservations;
  /** The number of connections and sessions of each worker that is running. */
  readonly #loads = new Map<number, number>();
  #loadsTimer: NodeJS.Timeout | undefined;
  #workers: readonly WorkerProcess[] = [];
  #addresses: readonly Address[] = [];
  #privateServer: PrivateServer | undefined;
  #folder: string | undefined;
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  /** Ends the restarts of workers and of the private server. */
  readonly #stopped = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #failure = withResolvers<StartFailure>();

  /** @throws {UsageError} if a file that the settings name cannot be used */
  constructor(settings: Settings, log: Log, reread: () => Settings) {
    this.#settings = settings;
    this.#reread = reread;
    this.#log = log;
    this.#reservations = new SessionReservations(sessionLimits(settings));
    this.#operated = new OperatedWorkers(
      () => this.#running,
      () => this.reload(),
    );
    this.#operatorAccess = settings.admin && new OperatorAccess(settings.admin, log);
  }

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Resolves to why the server cannot go on, if that happens. `stop` is still to be called. */
  get failed(): Promise<StartFailure> {
    return this.#failure.promise;
  }

  get adminUrl(): string | undefined {
    return this.#operatorAccess?.url;
  }

  get addresses(): readonly Address[] {
    return this.#addresses;
  }

  /**
   * Starts the workers: the first before the others, so that what prevents the start is reported once.
   *
   * @throws {StartFailure} after stopping what was started
   * @throws {WorkerStartFailure} if a worker has reported why
   */
  async start(): Promise<void> {
    this.#starting = this.#start();
    try {
      await this.#starting;
    } catch (error) {
      const { stopping } = this;
      await this.stop();
      // What was being started has been stopped.
      if (stopping) return;
      throw error instanceof ServerUnavailable ? new StartFailure(error.message, { cause: error }) : error;
    }
  }

  async #start(): Promise<void> {
    await this.#operatorAccess?.start(this.#operated, this.#settings.insecure);
    this.#folder = await mkdtemp(join(tmpdir(), 'netsvc-'));
    await this.#startPrivateServer();
    this.#workers = this.#createWorkers(this.#folder);
    // The kernel gives a connection to a worker that waits for one. The primary process, which would have to pass each
    // connection, makes those with one call half as fast.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ args: process.argv.slice(2), serialization: 'advanced' });
    const [first, ...others] = this.#workers;
    if (this.stopping || first === undefined) return;
    this.#addresses = await first.restart();
    if (this.stopping) return;
    await Promise.all(others.map((worker) => worker.restart()));
    if (this.stopping) return;
    for (const worker of this.#workers) this.#supervise(worker);
    this.#operated.state = undefined;
    const { adminUrl: admin } = this;
    this.#log.info({ workers: this.#workers.length, ...(admin && { admin }) }, 'ready');
  }

  async #startPrivateServer(): Promise<void> {
    const { databases, data } = this.#settings;
    if (databases.size > 0) return;
    this.#privateServer = await PrivateServer.start(data, [], this.#abandoned.signal);
    this.#supervise(this.#privateServer);
  }

  #createWorkers(folder: string): WorkerProcess[] {
    const { workers } = this.#settings;
    const privateServer = this.#privateServer?.options;
    return Array.from({ length: workers }, (_, i) => {
      const worker = i + 1;
      return new WorkerProcess(
        { worker, workers, folder, privateServer },
        {
          reserveSession: (opener) => this.#reservations.reserve(worker, opener),
          releaseSession: (opener) => this.#reservations.release(worker, opener),
          loginFailed: (host) => this.#tellOthers(worker, host),
          passed: (message, handle) => this.#pass(message, handle),
          loadChanged: (load) => this.#setLoad(worker, load),
          ended: () => {
            this.#reservations.releaseAll(worker);
            this.#setLoad(worker, undefined);
          },
        },
      );
    });
  }

  /** The processes that are running. */
  get #running(): WorkerCalls[] {
    return this.#workers.flatMap(({ calls }) => calls ?? []);
  }

  #supervise(server: SupervisedServer): void {
    void supervise(server, this.#log, this.#stopped.signal).then((reason) => {
      if (reason !== undefined) this.#failure.resolve(new StartFailure(reason));
    });
  }

  #tellOthers(worker: number, host: string): void {
    for (const { number, calls } of this.#workers) {
      if (number !== worker) calls?.addFailure.asEvent(host).catch(() => {});
    }
  }

  /** Tells the workers the loads of the others, once for all that change at the same time. */
  #setLoad(worker: number, load: number | undefined): void {
    if (load === undefined) this.#loads.delete(worker);
    else this.#loads.set(worker, load);
    this.#loadsTimer ??= setTimeout(() => {
      this.#loadsTimer = undefined;
      for (const { number, calls } of this.#workers) {
        calls?.setLoads.asEvent([...this.#loads].filter(([other]) => other !== number)).catch(() => {});
      }
    }, LOADS_INTERVAL);
  }

  /** If the worker is not running, another one answers that the session has ended. */
  #pass(message: Handover, handle: ConnectionHandle): void {
    const owner = this.#workers[message.handover.worker - 1];
    const sent = owner?.send(message, handle) || this.#workers.some((worker) => worker.send(message, handle));
    if (!sent) handle.close();
  }

  /** Reloads the configuration, in this process and in the workers. */
  async reload(): Promise<ChangedSettings | Error> {
    let changed: ChangedSettings;
    try {
      const settings = this.#reread();
      changed = changedSettings(this.#settings, settings);
      this.#settings = withChanges(this.#settings, settings, changed);
    } catch (error) {
      this.#log.error({ err: error }, 'the configuration is invalid; nothing is reloaded');
      return error instanceof Error ? error : new Error(String(error));
    }
    this.#reservations.replace(sessionLimits(this.#settings));
    this.#operatorAccess?.reload();
    await Promise.allSettled(this.#running.map((worker) => worker.reload()));
    return changed;
  }

  /** Serves on while a load balancer moves the clients to other servers, as long as `--drain` says. */
  async drain(): Promise<void> {
    if (this.#settings.drain === 0 || this.#operated.state !== undefined) return;
    this.#operated.state = 'draining';
    // A worker that stops by itself meanwhile is not started again.
    this.#stopped.abort();
    await Promise.allSettled(this.#running.map((worker) => worker.drain()));
  }

  /** Stops the workers, and then what they use. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** For a process that exits at once. */
  abandon(): void {
    for (const worker of this.#workers) worker.kill();
    this.#abandoned.abort();
    this.#removeFolder();
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    this.#operated.state = 'draining';
    const kill = () => this.#workers.forEach((worker) => void worker.kill());
    const timer = setTimeout(kill, (this.#settings.grace + STOP_WAIT) * 1000);
    await Promise.allSettled(this.#workers.map((worker) => worker.stop()));
    await Promise.allSettled(this.#workers.map(({ ended }) => ended));
    clearTimeout(timer);
    clearTimeout(this.#loadsTimer);
    await this.#starting.catch(() => {});
    await this.#privateServer?.stop();
    this.#removeFolder();
    // Last, because it answers that the server is draining.
    await this.#operatorAccess?.stop();
  }

  #removeFolder(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}
