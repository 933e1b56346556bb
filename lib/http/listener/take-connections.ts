import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { stepInput } from '../node/stepped-input.js';

/**
 * Takes the place of node:http for new connections.
 *
 * @param established called for each connection on which requests can be read: after the TLS handshake, if there is one
 * @returns a function that gives an established connection to node:http
 */
export function takeConnections(
  server: Server | TlsServer,
  established: (socket: Socket) => void,
): (socket: Socket) => void {
  const event = 'setSecureContext' in server ? 'secureConnection' : 'connection';
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  server.on(event, established);
  return (socket) => {
    stepInput(socket, () => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    });
  };
}
