import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { type Logger, pino } from 'pino';
import { effectiveConfiguration } from './effective-configuration.js';
import { NetsvcServer, StartFailure } from './netsvc-server.js';
import { passwd } from './passwd.js';
import { parseSettings } from './settings.js';
import { UsageError } from './usage-error.js';

/** Runs `bin/netsvc`. Resolves to the exit status when the server has stopped. */
export async function main(args: readonly string[]): Promise<number> {
  // All users of the machine can read the arguments, which may contain a password.
  process.title = 'netsvc';
  try {
    if (args[0] === 'passwd') await passwd(args.slice(1));
    else await run(args);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return error.shown ? 0 : fail(`${error.message} (see --help)`, 2);
    if (error instanceof StartFailure) return fail(error.message, 1);
    throw error;
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { action, settings } = parseSettings(args, process.env, version());
  const log = pino({ name: 'netsvc' }, pino.destination({ dest: 2, sync: true }));
  const server = new NetsvcServer(settings, log);
  switch (action) {
    case 'check':
      console.log('The configuration is valid.');
      return;
    case 'print':
      process.stdout.write(effectiveConfiguration(settings));
      return;
    case 'serve':
      stopOnErrors(server, log);
      await serve(server);
  }
}

async function serve(server: NetsvcServer): Promise<void> {
  // Before the start, so that a signal during it stops what has been started.
  const stopped = stopOnSignals(server);
  await server.start();
  for (const { url, endpoints } of server.addresses) {
    console.log(`netsvc listening on ${url}`);
    for (const endpoint of endpoints) console.log(`  ${endpoint}`);
  }
  await stopped;
}

/** Seconds for the sessions to be closed after an unexpected error. */
const ERROR_GRACE = 15;

/**
 * An error that nothing handles is logged. The state of the process is unknown after it, so the server shuts down,
 * which closes the sessions, and the process exits with status 1.
 */
function stopOnErrors(server: NetsvcServer, log: Logger): void {
  let failed = false;
  const stop = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected error');
    if (failed) return;
    failed = true;
    setTimeout(() => process.exit(1), ERROR_GRACE * 1000).unref();
    void server.stop().finally(() => process.exit(1));
  };
  process.on('unhandledRejection', stop);
  process.on('uncaughtException', stop);
}

/**
 * The first signal shuts the server down, the second exits at once with the status of a process that the signal killed.
 * SIGHUP reloads the password file and certificates; a server without any shuts down, as the terminal is closed.
 */
function stopOnSignals(server: NetsvcServer): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
    process.on('SIGHUP', () => {
      if (!server.reload()) void server.stop().then(resolve);
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (signalled) {
          server.abandon();
          process.exit(128 + constants.signals[signal]);
        }
        signalled = true;
        void server.stop().then(resolve);
      });
    }
  });
}

function fail(message: string, status: number): number {
  console.error(`netsvc: ${message.replaceAll(/\s*\n\s*/g, ' ')}`);
  return status;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
