import type { AddressInfo, Server } from 'node:net';

/** Where a server listens. */
export interface ListenTarget {
  readonly host: string;
  readonly port: number;
  /** A listening TCP socket of the process, in place of host and port. */
  readonly fd?: number | undefined;
}

/** Connections that wait to be accepted, such as while another process takes the socket; the kernel may allow fewer. */
const BACKLOG = 4096;

/**
 * Starts listening.
 *
 * @param failed called for later errors, such as one in accepting a connection: they do not stop the server
 * @throws Node's error with its code
 */
export async function listen(
  server: Server,
  { host, port, fd }: ListenTarget,
  failed: (error: Error) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(fd === undefined ? { host, port } : { fd }, BACKLOG, () => {
      server.off('error', reject);
      server.on('error', failed);
      resolve();
    });
  });
}

/** Returns the address of a server. */
export function listeningAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a TCP socket.');
  return address;
}
