import { constants } from 'node:os';
import type { Logger } from 'pino';
import type { Settings } from '../configuration/settings.js';
import type { NetsvcServer } from '../instance/netsvc-server.js';
import { showInProcessList } from './process-title.js';
import { ServiceManager } from './service-manager.js';

/** Runs a server until a signal stops it. @throws {StartFailure} */
export async function serve(server: NetsvcServer, log: Logger, { instance, listeners }: Settings): Promise<void> {
  showInProcessList({ instance, ports: listeners.map(({ port }) => port).filter((port) => port !== 0) });
  // Before the start, so that a signal during it stops what has been started.
  const manager = new ServiceManager(process.env, (err) => log.warn({ err }, 'systemd-notify failed'));
  const stopped = handleSignals(server, manager);
  await server.start();
  const addresses = server.stopping ? [] : server.addresses;
  showInProcessList({ instance, ports: addresses.map(({ url }) => Number(new URL(url).port)) });
  for (const { url, endpoints } of addresses) {
    console.log(`netsvc listening on ${url}`);
    for (const endpoint of endpoints) console.log(`  ${endpoint}`);
  }
  if (server.adminUrl && !server.stopping) console.log(`netsvc admin listening on ${server.adminUrl}`);
  if (!server.stopping) manager.ready();
  const failure = await Promise.race([stopped, server.failed]);
  if (failure) {
    manager.stopping();
    await server.stop();
  }
  await manager.end();
  if (failure) throw failure;
}

/** Seconds for the sessions to be closed after an unexpected error. */
const ERROR_GRACE = 15;

/**
 * An error that nothing handles is logged. The state of the process is unknown after it, so the server shuts down,
 * which closes the sessions, and the process exits with status 1.
 */
export function stopOnErrors(server: NetsvcServer, log: Logger): void {
  let failed = false;
  const stop = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected error');
    if (failed) return;
    failed = true;
    const exit = () => {
      server.abandon();
      process.exit(1);
    };
    setTimeout(exit, ERROR_GRACE * 1000).unref();
    void server.stop().finally(exit);
  };
  process.on('unhandledRejection', stop);
  process.on('uncaughtException', stop);
}

/**
 * The first signal shuts the server down, the second exits at once with the status of a process that the signal killed.
 * SIGHUP reloads the configuration; it also says that the terminal, if there is one, has been closed.
 */
function handleSignals(server: NetsvcServer, manager: ServiceManager): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
    process.on('SIGHUP', () => {
      if (process.stdin.isTTY) void server.stop().then(resolve);
      // The error has been logged.
      else void manager.reloading(() => server.reload().catch(() => {}));
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (signalled) {
          server.abandon();
          process.exit(128 + constants.signals[signal]);
        }
        signalled = true;
        manager.stopping();
        void server
          .drain()
          .then(() => server.stop())
          .then(resolve);
      });
    }
  });
}
