import { existsSync } from 'node:fs';
import { packageVersion } from '../system/package-file.js';
import type { StandardStreams } from '../system/standard-streams.js';
import { outcomeOf, STATUS } from './client/command-errors.js';
import type { CommandLine } from './command/command-line.js';
import { authorization } from './command/login.js';
import { Output } from './command/output.js';
import { plainCall } from './command/plain-call.js';
import {
  connectionPath,
  looksLikeUrl,
  NO_TARGETS,
  type SavedConnection,
  type Targets,
} from './command/saved-connections.js';
import { printable } from './values/printable.js';

/** Runs `bin/rpc-call`. Resolves to the exit status. */
export async function main(args: readonly string[], streams: StandardStreams = process): Promise<number> {
  const { stdout, stderr } = streams;
  // Nobody reads what is said any more.
  stderr.on('error', () => {});
  try {
    const output = new Output(stdout);
    const command = plainCall(args) ?? (await parsed(args, stderr));
    if (typeof command === 'object') return await run(command, output, streams);
    await output.write(command);
    await output.flush();
    return STATUS.OK;
  } catch (error) {
    const { status, message } = outcomeOf(error);
    if (message !== undefined) stderr.write(`${message.split('\n').map(printable).join('\n')}\n`);
    return status;
  }
}

// Each part is loaded only if it is used, because loading takes longer than most calls.

/** Returns what the arguments ask for, or the text that they ask for. */
async function parsed(args: readonly string[], stderr: StandardStreams['stderr']): Promise<CommandLine | string> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) return `${packageVersion()}\n`;
  const { parseCommandLine } = await import('./command/command-line.js');
  let text = '';
  const print = (part: string) => {
    text += part;
  };
  return parseCommandLine(args, packageVersion(), print, await targetsOf(args, stderr)) ?? text;
}

async function run(
  { url, task, user, passwordFile, saved }: CommandLine,
  output: Output,
  streams: StandardStreams,
): Promise<number> {
  const { RPC_CALL_PASSWORD: password } = process.env;
  const header = await authorization({ url, user, passwordFile, password, saved });
  switch (task.kind) {
    case 'sql':
      return (await import('./sql-command.js')).runSql(task, await endpoint(url, header), output, streams);
    case 'import':
      return (await import('./import/import-command.js')).runImport(task, await endpoint(url, header), streams);
    case 'call': {
      const { callMethod } = await import('./command/method-call.js');
      await output.write(await callMethod(task, url, header, streams.stdout.isTTY === true));
      break;
    }
    default: {
      const { introspect } = await import('./command/introspection.js');
      await output.write(`${await introspect(url, header, task.kind === 'list' ? undefined : task.method)}\n`);
    }
  }
  await output.flush();
  return STATUS.OK;
}

async function endpoint(url: URL, header: string | undefined) {
  const { HttpClient } = await import('./client/http-client.js');
  const { RpcEndpoint } = await import('./client/rpc-endpoint.js');
  return new RpcEndpoint(new HttpClient(url, header), url.pathname);
}

/** The connections with names are read only if the command does not begin with a URL. */
async function targetsOf([first = '']: readonly string[], stderr: StandardStreams['stderr']): Promise<Targets> {
  const fallback = process.env.RPC_CALL_URL || undefined;
  if (looksLikeUrl(first)) return { ...NO_TARGETS, fallback };
  const file = connectionPath(process.env);
  // The parser of YAML takes longer to load than the rest.
  if (!existsSync(file)) return { ...NO_TARGETS, fallback, file };
  const { readConnections } = await import('./command/saved-connections-file.js');
  let connections: ReadonlyMap<string, SavedConnection> | undefined;
  const read = () => {
    const { warning, ...found } = readConnections(file);
    if (warning !== undefined) stderr.write(`rpc-call: ${printable(warning)}\n`);
    return found.connections;
  };
  const named = (name: string) => {
    connections ??= read();
    return connections.get(name);
  };
  return { named, fallback, file };
}
