import { isIPv6 } from 'node:net';
import { systemErrorText } from '../system/system-error.js';

/** The server cannot start, or cannot go on. The message is one line for the user. */
export class StartFailure extends Error {}

/** Returns the failure to listen on an address. @param error Node's */
export function listenFailure(
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
): StartFailure {
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new StartFailure(`cannot listen on ${address}: ${systemErrorText(error)}`, { cause: error });
}
