import { isIPv6 } from 'node:net';
import { systemErrorText } from '../../system/system-error.js';
import { DecodingError } from '../../xmlrpc/codec-error.js';

/** The exit statuses. */
export const STATUS = { OK: 0, FAULT: 1, USAGE: 2, NETWORK: 3, CLOSED_PIPE: 141 } as const;

/** Errors have the names of their classes. */
class CommandError extends Error {
  override readonly name = this.constructor.name;
}

/** An error in the command line, in one line. */
export class UsageError extends CommandError {}

/** A fault that the server answered. */
export class Fault extends CommandError {
  /**
   * @param line of the statement in its script
   * @param file which another script has included
   */
  constructor(
    readonly code: number,
    readonly text: string,
    readonly line?: number,
    file?: string,
  ) {
    super(`fault ${code}${line === undefined ? '' : ` at ${lineOf(line, file)}`}: ${text}`);
  }
}

export function lineOf(line: number, file: string | undefined): string {
  return `line ${line}${file === undefined ? '' : ` of ${file}`}`;
}

/** A row of a file that cannot be imported, or a part of a file that cannot be read. */
export class FileError extends CommandError {
  /** @param line from 1 */
  constructor(
    file: string,
    readonly line: number,
    text: string,
  ) {
    super(`${file}: line ${line}: ${text}`);
  }
}

/** An HTTP response without a result, such as 404. The message has the status, the reason phrase and the body. */
export class HttpError extends CommandError {
  constructor(
    readonly status: number,
    reason: string,
    body: string,
  ) {
    super(`HTTP ${status} ${reason}${explanation(reason, body)}`);
  }
}

/** A response that has no end. */
export class BrokenOff extends CommandError {}

/** The reader of the output has closed it, as `head` does. */
export class ClosedPipe extends CommandError {}

/** The user has interrupted the command. */
export class Interrupted extends CommandError {
  /** @param signal its number: 2 for Ctrl-C */
  constructor(readonly signal: number) {
    super('interrupted');
  }
}

/** Returns the exit status of an error, and the line for stderr unless the command ends silently. */
export function outcomeOf(error: unknown): { readonly status: number; readonly message?: string } {
  if (error instanceof Fault) return { status: STATUS.FAULT, message: error.message };
  if (error instanceof FileError) return { status: STATUS.FAULT, message: `rpc-call: ${error.message}` };
  if (error instanceof ClosedPipe) return { status: STATUS.CLOSED_PIPE };
  if (error instanceof Interrupted) return { status: 128 + error.signal };
  if (error instanceof UsageError) {
    return { status: STATUS.USAGE, message: `rpc-call: ${error.message}` };
  }
  if (error instanceof DecodingError) {
    return { status: STATUS.NETWORK, message: `rpc-call: invalid response: ${error.message}` };
  }
  return { status: STATUS.NETWORK, message: `rpc-call: ${networkText(error)}` };
}

/** The errors of OpenSSL about certificates of a CA that is not trusted. */
const UNKNOWN_ISSUER = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

interface NetworkError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  /** One for each address of the host. */
  readonly errors?: readonly NetworkError[];
}

/** Such as `127.0.0.1:8000: connection refused`. */
function networkText(error: unknown): string {
  const failed = error as NetworkError;
  const first = failed.errors?.[0] ?? failed;
  const { address, port, hostname } = first;
  const text = systemErrorText(first);
  const place = address === undefined ? hostname : `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  if (UNKNOWN_ISSUER.test(first.code ?? '')) return `${text} (NODE_EXTRA_CA_CERTS=FILE adds a CA)`;
  if (text === 'wrong version number') return `${text}: the server does not use TLS`;
  return place === undefined ? text : `${place}: ${text}`;
}

const MAX_BODY = 300;

/** Returns what the body of a response says beyond the reason phrase. Proxies send a page. */
function explanation(reason: string, body: string): string {
  const text = body
    .replace(/<(style|script|title)\b.*?<\/\1>|<[^>]*>/gis, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (text === '' || text.replace(/\.$/, '') === reason) return '';
  return `: ${text.length > MAX_BODY ? `${text.slice(0, MAX_BODY)}...` : text}`;
}
