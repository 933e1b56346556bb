import type { AddressInfo, Server } from 'node:net';

/** Where a server listens. */
export interface ListenTarget {
  readonly host: string;
  readonly port: number;
  /** A listening TCP socket of the process, in place of host and port. */
  readonly fd?: number | undefined;
  /** The path of a Unix socket, in place of host and port. It belongs to this process, also if that is a worker. */
  readonly path?: string | undefined;
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
  { host, port, fd, path }: ListenTarget,
  failed: (error: Error) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const target = path === undefined ? (fd === undefined ? { host, port } : { fd }) : { path, exclusive: true };
    server.listen({ ...target, backlog: BACKLOG }, () => {
      server.off('error', reject);
      server.on('error', failed);
      resolve();
    });
  });
}

/** Returns the address of a server; for a Unix socket, its path and port 0. */
export function listeningAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null) throw new Error('The server does not listen on a TCP socket.');
  return typeof address === 'string' ? { address, port: 0, family: 'Unix' } : address;
}
