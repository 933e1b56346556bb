import { isIPv6 } from 'node:net';

/** The server cannot start. The message is one line for the user. */
export class StartFailure extends Error {}

/** Returns the failure to listen on an address. @param error Node's */
export function listenFailure(
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
): StartFailure {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new StartFailure(`cannot listen on ${address}: ${LISTEN_ERRORS[code] ?? message}`, { cause: error });
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'address not available',
  ENOTFOUND: 'host not found',
};
