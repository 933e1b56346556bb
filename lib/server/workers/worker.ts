import type { Log } from '../../netsvc/log.js';
import { NetsvcServer } from '../netsvc-server.js';
import type { Operated } from '../operated.js';
import type { Settings } from '../settings.js';
import { outcomeOf } from './outcome.js';
import { connectToPrimary, Siblings } from './siblings.js';
import type { WorkerMethods } from './worker-channel.js';
import { WorkerLoads } from './worker-loads.js';
import type { WorkerStart } from './worker-start.js';

/** The server of this process, which the primary process controls. */
export interface Worker {
  readonly server: NetsvcServer;
  /** Tells the primary process that the server has started. */
  ready(): void;
  /** Resolves when the primary process has stopped the server. */
  readonly stopped: Promise<void>;
}

/**
 * @param settings those of this worker
 * @param reread returns them as they are now, or throws if they are invalid
 */
export function createWorker(start: WorkerStart, settings: Settings, log: Log, reread: () => Settings): Worker {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const loads = new WorkerLoads(() => server.load);
  const primary = connectToPrimary(methodsOf(() => server, stop, loads));
  const siblings = new Siblings(start, { primary, loads, maxSessions: settings.maxSessions });
  const server = new NetsvcServer(settings, log, reread, siblings);
  const ready = () => void primary.ready.asEvent(server.addresses).catch(() => {});
  return { server, ready, stopped };
}

function methodsOf(server: () => NetsvcServer, stopped: () => void, loads: WorkerLoads): WorkerMethods {
  const operated = (): Operated => {
    const { operated } = server();
    if (operated === undefined) throw new Error('The worker has not started.');
    return operated;
  };
  return {
    sessions: (statements) => outcomeOf(operated().sessions(statements)),
    connections: () => outcomeOf(operated().connections()),
    checks: () => outcomeOf(operated().checks()),
    counters: () => outcomeOf(operated().counters()),
    metrics: () => outcomeOf(operated().metrics()),
    cancel: (session) => outcomeOf(operated().cancel(session)),
    close: (session) => outcomeOf(operated().close(session)),
    pause: (database, seconds) => outcomeOf(operated().pause(database, seconds)),
    resume: (database) => outcomeOf(operated().resume(database)),
    reload: async () => ({ value: server().reload() }),
    drain: () => server().drain(),
    stop: async () => {
      await server().stop();
      stopped();
    },
    addFailure: (host) => server().addLoginFailure(host),
    setLoads: (others) => loads.replace(others),
  };
}
