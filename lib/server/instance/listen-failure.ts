import { isIPv6 } from 'node:net';
import { systemErrorText } from '../../system/system-error.js';
import { StartFailure } from '../configuration/problems.js';

/** Returns the failure to listen on an address. @param error Node's */
export function listenFailure(
  { host, port, fd }: { readonly host: string; readonly port: number; readonly fd?: number },
  error: unknown,
): StartFailure {
  const address = fd === undefined ? `${isIPv6(host) ? `[${host}]` : host}:${port}` : `file descriptor ${fd}`;
  return new StartFailure(`cannot listen on ${address}: ${systemErrorText(error)}`, { cause: error });
}
