import type { Writable } from 'node:stream';
import type { StandardStreams } from '../../system/standard-streams.js';
import { oneLine, type Problem, problemLine } from '../configuration/problems.js';
import { parseSettings, type Settings } from '../configuration/settings.js';
import { createLog } from '../observation/log-output.js';

/**
 * Does what the command line asks for: serves, or checks or prints the configuration, or asks a running server.
 *
 * @returns the exit status
 */
export async function run(
  args: readonly string[],
  version: string,
  { stdout, stderr }: StandardStreams,
): Promise<number> {
  const { action, settings, readyUrl, warnings } = parseSettings(args, process.env, version, { readFiles: true });
  if (action === 'ready') {
    const { askReady } = await import('./ready-check.js');
    const { ready, answer } = await askReady(readyUrl, settings);
    (ready ? stdout : stderr).write(ready ? `${answer}\n` : `netsvc: ${oneLine(answer)}\n`);
    return ready ? 0 : 1;
  }
  const log = createLog(settings.logLevel, settings.instance);
  const { NetsvcServer } = await import('../instance/netsvc-server.js');
  const server = new NetsvcServer(settings, log, {
    readSettings: () => parseSettings(args, process.env, version, { readFiles: true, strict: true }).settings,
    setLogLevel: (level) => {
      log.level = level;
    },
    version,
  });
  switch (action) {
    case 'check':
      report(warnings, stdout);
      stdout.write('The configuration is valid. netsvc has not connected to a database: use --check-database.\n');
      break;
    case 'connect':
      report(warnings, stdout);
      return reportDatabases(settings, stdout);
    case 'print':
      stdout.write((await import('../configuration/effective-configuration.js')).effectiveConfiguration(settings));
      break;
    case 'serve': {
      const { serve, stopOnErrors } = await import('./serve.js');
      stopOnErrors(server, log);
      if (warnings.length > 0) log.warn({ problems: warnings.map(({ text }) => text) }, 'doubtful configuration');
      await serve(server, log, settings);
    }
  }
  return 0;
}

function report(warnings: readonly Problem[], stdout: Writable): void {
  for (const warning of warnings) stdout.write(`${problemLine(warning, 'warning: ')}\n`);
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
