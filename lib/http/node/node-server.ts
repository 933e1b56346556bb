import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { unmapped } from '../../access/address.js';
import type { Log } from '../../netsvc/log.js';
import { EXPECTATION_FAILED, METHOD_NOT_ALLOWED } from '../answers/refusals.js';
import type { ParserError } from './malformed-header.js';
import { NodeConnection } from './node-connection.js';
import { ResponseChannel } from './response-channel.js';
import { stepInput } from './stepped-input.js';

/** The number of warnings in a minute. */
const MAX_WARNINGS = 10;
const MINUTE = 60_000;

/** @param waits whether the client waits for 100 Continue before it sends the body */
type Serve = (request: IncomingMessage, response: ServerResponse, waits: boolean) => void;

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

/**
 * Calls `serve` for each request that node:http has read, and refuses what it cannot read. Requests behind the last one
 * of their connection are ignored.
 *
 * @param log receives the malformed headers
 */
export function takeRequests(server: Server | TlsServer, log: Log, serve: Serve): void {
  const begin = (request: IncomingMessage, response: ServerResponse) =>
    NodeConnection.of(request.socket)?.begin(request, response) ?? false;
  server.on('request', (request, response) => {
    if (begin(request, response)) serve(request, response, false);
  });
  server.on('checkContinue', (request, response) => {
    if (begin(request, response)) serve(request, response, true);
  });
  server.on('checkExpectation', (request, response) => {
    if (!begin(request, response)) return;
    NodeConnection.of(request.socket)?.end();
    new ResponseChannel(response).send(EXPECTATION_FAILED);
  });
  server.on('connect', (_request, socket) => NodeConnection.of(socket)?.fail(METHOD_NOT_ALLOWED));
  const rate = new WarningRate();
  server.on('clientError', (error: ParserError, socket) => {
    const header = breakConnection(error, socket);
    if (header === undefined || !rate.admits()) return;
    const { name, reason } = header;
    const client_address = socket instanceof Socket ? unmapped(socket.remoteAddress ?? '') : '';
    log.warn({ client_address, header: name, reason }, 'malformed header');
  });
}

/** A connection cannot be read any further. */
function breakConnection(error: ParserError, socket: Duplex) {
  const connection = NodeConnection.of(socket);
  // A client that does not speak TLS could not read a response. One that opened a connection in advance and has sent
  // nothing expects none.
  const isSilent = socket instanceof Socket && socket.bytesRead === 0;
  if (connection !== undefined && !/^ERR_(?:SSL|TLS)_/.test(error.code ?? '') && !isSilent)
    return connection.break(error);
  socket.destroy();
  return undefined;
}

/** Limits warnings about what any client can send. */
class WarningRate {
  #began = Number.NEGATIVE_INFINITY;
  #count = 0;

  admits(): boolean {
    const now = performance.now();
    if (now - this.#began > MINUTE) {
      this.#began = now;
      this.#count = 0;
    }
    return this.#count++ < MAX_WARNINGS;
  }
}
