import { getSystemErrorMap } from 'node:util';

/** Where the text of the operating system is unclear, or Node.js has a code of its own. */
const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a directory',
  EPIPE: 'connection closed',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'cannot resolve the host name',
};

/** An error of OpenSSL in a message of Node's, with its reason: `error:0480006C:PEM routines::no start line`. */
const OPENSSL = /\berror:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+)/;

/**
 * Describes an error of the operating system or of OpenSSL, such as `permission denied`. Node's own message also has
 * codes, the system call and a path, which the caller's message has already.
 *
 * @returns the message of any other error
 */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message }: NodeJS.ErrnoException = error;
  return OPENSSL.exec(message)?.[1] ?? systemCodeText(code) ?? message;
}

/** Returns the result of `work`. @throws {Failure} with what failed and the text of the error */
export function orFail<Result>(Failure: new (message: string) => Error, what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new Failure(`${what}: ${systemErrorText(error)}`);
  }
}

/** @returns undefined if it is not the code of an error of the operating system */
export function systemCodeText(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (Object.hasOwn(TEXTS, code)) return TEXTS[code];
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return undefined;
}
