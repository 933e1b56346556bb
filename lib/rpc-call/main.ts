import { existsSync, readFileSync } from 'node:fs';
import type { StandardStreams } from '../system/standard-streams.js';
import type { Call } from './call.js';
import { type CommandLine, parseCommandLine, type Task } from './command-line.js';
import { outcomeOf, STATUS } from './failure.js';
import { authorization } from './login.js';
import { Output } from './output.js';
import { printable } from './printable.js';
import { connectionPath, looksLikeUrl, NO_TARGETS, type SavedConnection, type Targets } from './targets.js';

/** Runs `bin/rpc-call`. Resolves to the exit status. */
export async function main(args: readonly string[], streams: StandardStreams = process): Promise<number> {
  const { stdout, stderr } = streams;
  // Nobody reads what is said any more.
  stderr.on('error', () => {});
  try {
    const output = new Output(stdout);
    if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
      await output.write(`${version()}\n`);
      await output.flush();
      return STATUS.OK;
    }
    let help = '';
    const print = (text: string) => {
      help += text;
    };
    const command = parseCommandLine(args, version(), print, await targetsOf(args, stderr));
    if (command !== undefined) return await run(command, output, streams);
    await output.write(help);
    await output.flush();
    return STATUS.OK;
  } catch (error) {
    const { status, message } = outcomeOf(error);
    if (message !== undefined) stderr.write(`${message.split('\n').map(printable).join('\n')}\n`);
    return status;
  }
}

async function run(
  { url, task, user, passwordFile, saved }: CommandLine,
  output: Output,
  streams: StandardStreams,
): Promise<number> {
  const { RPC_CALL_PASSWORD: password } = process.env;
  const header = await authorization({ url, user, passwordFile, password, saved });
  // Each part is loaded only if it is used, because loading takes longer than most calls.
  if (task.kind === 'sql' || task.kind === 'import') {
    const [{ HttpClient }, { RpcEndpoint }] = await Promise.all([
      import('./http-client.js'),
      import('./rpc-endpoint.js'),
    ]);
    const service = new RpcEndpoint(new HttpClient(url, header), url.pathname);
    if (task.kind === 'sql') return (await import('./sql-command.js')).runSql(task, service, output, streams);
    return (await import('./import/import-command.js')).runImport(task, service, streams);
  }
  const { caller } = await import('./call.js');
  await output.write(await answer(task, caller(url, header), streams.stdout.isTTY === true));
  await output.flush();
  return STATUS.OK;
}

/** The connections with names are read only if the command does not begin with a URL. */
async function targetsOf([first = '']: readonly string[], stderr: StandardStreams['stderr']): Promise<Targets> {
  const fallback = process.env.RPC_CALL_URL || undefined;
  if (looksLikeUrl(first)) return { ...NO_TARGETS, fallback };
  const file = connectionPath(process.env);
  // The parser of YAML takes longer to load than the rest.
  if (!existsSync(file)) return { ...NO_TARGETS, fallback, file };
  const { readConnections } = await import('./connection-file.js');
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

/** Returns what a task that calls methods prints. */
async function answer(task: Exclude<Task, { kind: 'sql' | 'import' }>, call: Call, terminal: boolean): Promise<string> {
  if (task.kind === 'call') {
    const { parseArgument } = await import('./typed-arguments.js');
    const { resultText } = await import('./result-text.js');
    return resultText(
      await call(task.method, task.args.map(parseArgument)),
      { ...task.print, name: task.format },
      terminal,
    );
  }
  const { describeMethod, listMethods } = await import('./introspection.js');
  return `${task.kind === 'list' ? await listMethods(call) : await describeMethod(call, task.method)}\n`;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
