import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

/** The connections that a server of Node.js accepts, and its own listeners for them. */
export interface AcceptedConnections {
  /** Whether the server has TLS. */
  readonly secure: boolean;
  /** Takes a connection as the server would: after a TLS handshake, if there is one, it is `established`. */
  take(socket: Socket): void;
  /** Gives an established connection to node:http. */
  passToNode(socket: Socket): void;
}

/**
 * Takes the place of node:http for new connections.
 *
 * @param accepted called for each, in place of `take`
 * @param established called for each on which requests can be read
 */
export function takeConnections(
  server: Server | TlsServer,
  accepted: (socket: Socket) => void,
  established: (socket: Socket) => void,
): AcceptedConnections {
  const secure = 'setSecureContext' in server;
  const passToNode = takeListeners(server, secure ? 'secureConnection' : 'connection');
  const take = secure ? takeListeners(server, 'connection') : established;
  if (secure) server.on('secureConnection', established);
  server.on('connection', accepted);
  return { secure, take, passToNode };
}

/** Removes the listeners of an event. @returns a function that calls them */
function takeListeners(server: Server | TlsServer, event: string): (socket: Socket) => void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) Reflect.apply(listener, server, [socket]);
  };
}
