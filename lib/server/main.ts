import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { pino } from 'pino';
import { NetsvcServer, StartFailure } from './netsvc-server.js';
import { parseSettings, UsageError } from './settings.js';

/** What `bin/netsvc` runs. Resolves with the exit status when the server has stopped. */
export async function main(args: readonly string[]): Promise<number> {
  let server: NetsvcServer;
  try {
    const settings = parseSettings(args, process.env, version());
    server = new NetsvcServer(settings, pino({ name: 'netsvc' }, pino.destination({ dest: 2, sync: true })));
    // Before the start, which may take a while: what has been started by then is stopped.
    const stopped = stopOnSignals(server);
    await server.start();
    console.log(`netsvc listening on ${server.url}`);
    for (const endpoint of server.endpoints) console.log(`  ${endpoint}`);
    await stopped;
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return error.shown ? 0 : fail(`${error.message} (see --help)`, 2);
    if (error instanceof StartFailure) return fail(error.message, 1);
    throw error;
  }
}

/** The first signal drains the server, the second ends it at once, as a shell would say of a process that died of it. */
function stopOnSignals(server: NetsvcServer): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
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
