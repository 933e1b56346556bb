import type { IncomingMessage } from 'node:http';
import { Command, CommanderError } from 'commander';
import xmlrpc from 'xmlrpc';
import { toJson, toTable } from './output.js';
import { type Argument, parseArgument, UsageError } from './typed-arguments.js';

const STATUS = { OK: 0, FAULT: 1, USAGE: 2, NETWORK: 3 } as const;

/** An error of the `xmlrpc` package: a fault, an HTTP error or a network error. */
interface CallError extends Error {
  readonly faultCode?: number;
  readonly faultString?: string;
  readonly res?: IncomingMessage;
}

/** Runs `bin/rpc-call`. Resolves to the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  // All users of the machine can read the arguments, which may contain a password.
  process.title = 'rpc-call';
  try {
    const { url, method, params, table } = parseCommand(args);
    const result = await call(url, method, params);
    console.log(table ? toTable(result) : toJson(result, process.stdout.isTTY));
    return STATUS.OK;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return STATUS.OK;
    if (error instanceof UsageError || error instanceof CommanderError) {
      return fail(`rpc-call: ${error.message.replace(/^error: /, '')} (see --help)`, STATUS.USAGE);
    }
    const { faultCode, faultString, res, message, code } = error as CallError & NodeJS.ErrnoException;
    if (faultCode !== undefined) return fail(`fault ${faultCode}: ${faultString}`, STATUS.FAULT);
    if (res && res.statusCode !== 200)
      return fail(`rpc-call: HTTP ${res.statusCode} ${res.statusMessage}`, STATUS.NETWORK);
    return fail(`rpc-call: ${message || code}`, STATUS.NETWORK);
  }
}

interface Call {
  readonly url: URL;
  readonly method: string;
  readonly params: Argument[];
  readonly table: boolean;
}

const HELP = `
An ARG is JSON if it is valid JSON, else a string. type:value forces a type:
int: i8: double: string: boolean: date: base64: base64:@FILE nil: json:

Status: 0 ok, 1 fault, 2 usage, 3 HTTP or network.

  rpc-call http://127.0.0.1:8000/database cursor 60
  rpc-call http://127.0.0.1:8000/database/ID execute 'select %s' '["text"]'`;

function parseCommand(args: readonly string[]): Call {
  const command = new Command('rpc-call')
    .description('Calls a method of an XML-RPC server and prints the result.')
    .argument('<url>', 'http or https URL, with user:password@ if the server requires a login')
    .argument('<method>')
    .argument('[args...]')
    .option('--table', 'print rows as a table instead of JSON')
    .addHelpText('after', HELP)
    // Options end at the URL, because arguments can be negative numbers.
    .passThroughOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(args, { from: 'user' });
  const [url = '', method = '', ...params] = command.args;
  return { url: parseUrl(url), method, params: params.map(parseArgument), table: command.opts().table === true };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError(`invalid URL "${text}" (expected http:// or https://)`);
  return url;
}

function call(url: URL, method: string, params: Argument[]): Promise<unknown> {
  const secure = url.protocol === 'https:';
  const options = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    headers: authorization(url),
  };
  const client = secure ? xmlrpc.createSecureClient(options) : xmlrpc.createClient(options);
  return new Promise((resolve, reject) => {
    client.methodCall(method, params, (error: object | null, value: unknown) =>
      error ? reject(error) : resolve(value),
    );
  });
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function fail(message: string, status: number): number {
  console.error(message);
  return status;
}
