import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { StandardStreams } from '../system/standard-streams.js';
import { effectiveConfiguration } from './effective-configuration.js';
import type { NetsvcServer } from './instance/netsvc-server.js';
import { createLog } from './log-output.js';
import { passwd } from './passwd.js';
import { ConfigurationError, type Problem, UsageError } from './problems.js';
import { showInProcessList } from './process-title.js';
import { askReady } from './ready-check.js';
import { ServiceManager } from './service-manager.js';
import type { Settings } from './settings.js';
import { StartFailure } from './start-failure.js';

/** Runs `bin/netsvc`. Resolves to the exit status when the server has stopped. */
export async function main(args: readonly string[], streams: StandardStreams = process): Promise<number> {
  const { stderr } = streams;
  try {
    if (args[0] === 'passwd') await passwd(args.slice(1), streams);
    else return await run(args, streams);
    return 0;
  } catch (error) {
    if (error instanceof ConfigurationError) return report(error, stderr);
    if (error instanceof UsageError) return error.shown ? 0 : fail(error.message, 2, stderr);
    if (error instanceof StartFailure) return fail(error.message, 1, stderr);
    throw error;
  }
}

async function run(args: readonly string[], { stdout, stderr }: StandardStreams): Promise<number> {
  // These are loaded when they are needed: to load all takes longer than to add a user, or to ask whether a server is
  // ready.
  const { parseSettings } = await import('./settings.js');
  const { action, settings, readyUrl, warnings } = parseSettings(args, process.env, version(), { readFiles: true });
  if (action === 'ready') {
    const { ready, answer } = await askReady(readyUrl, settings);
    if (!ready) return fail(answer, 1, stderr);
    stdout.write(`${answer}\n`);
    return 0;
  }
  const log = createLog(settings.logLevel, settings.instance);
  const { NetsvcServer } = await import('./instance/netsvc-server.js');
  const server = new NetsvcServer(settings, log, {
    readSettings: () => parseSettings(args, process.env, version(), { readFiles: true, strict: true }).settings,
    setLogLevel: (level) => {
      log.level = level;
    },
    version: version(),
  });
  switch (action) {
    case 'check':
      for (const warning of warnings) stdout.write(`${lineOf(warning, 'warning: ')}\n`);
      stdout.write('The configuration is valid. netsvc has not connected to a database: use --check-database.\n');
      break;
    case 'connect':
      return reportDatabases(settings, stdout);
    case 'print':
      stdout.write(effectiveConfiguration(settings));
      break;
    case 'serve':
      stopOnErrors(server, log);
      if (warnings.length > 0) log.warn({ problems: warnings.map(({ text }) => text) }, 'doubtful configuration');
      await serve(server, log, settings);
  }
  return 0;
}

async function reportDatabases({ databases, connectWait }: Settings, stdout: Writable): Promise<number> {
  const { checkDatabases } = await import('./database-check.js');
  const checks = await checkDatabases(databases, connectWait);
  if (checks.length === 0) stdout.write('No databases are configured: netsvc starts a private server.\n');
  // Texts may be those of a server.
  for (const { text, warning } of checks) {
    stdout.write(`${text.replaceAll(/\p{Cc}+/gu, ' ')}\n`);
    if (warning !== undefined) stdout.write(`${warning}\n`);
  }
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

async function serve(server: NetsvcServer, log: Logger, { instance, listeners }: Settings): Promise<void> {
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
function stopOnErrors(server: NetsvcServer, log: Logger): void {
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

/** Prints each error of the configuration in a line of its own. */
function report({ problems }: ConfigurationError, stderr: Writable): number {
  for (const problem of problems) stderr.write(`${lineOf(problem)}\n`);
  return 2;
}

/** As compilers print it. @param kind what it is, if it is no error */
function lineOf({ position, text }: Problem, kind = ''): string {
  const origin = position === undefined ? 'netsvc' : `${position.file}:${position.line}`;
  return `${origin}: ${kind}${oneLine(text)}`;
}

function fail(message: string, status: number, stderr: Writable): number {
  stderr.write(`netsvc: ${oneLine(message)}\n`);
  return status;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
