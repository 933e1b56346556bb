import type { Socket } from 'node:net';

/** Milliseconds that a client may send nothing, and that it may send. */
const QUIET = 5000;
const LONGEST = 30_000;

/**
 * Ends a connection behind its last response. What still arrives is dropped, until the client closes the connection, or
 * for some time: the operating system would otherwise reset it, and a client that is still sending may then not receive
 * the response.
 */
export function lingeringClose(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return;
  socket.setTimeout(QUIET, () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), LONGEST);
  socket.once('close', () => clearTimeout(timer));
  socket.end();
  socket.resume();
}
