import type { Socket } from 'node:net';
import { nextTurn, Turn } from '../../turns/turns.js';

/** The most that a packet of the protocol contains, in bytes. A full one is followed by another, be it empty. */
const MAX_PACKET = 0xff_ff_ff;

/** The number of packets for a command of so many bytes. */
export function packetCount(length: number): number {
  return Math.floor(length / MAX_PACKET) + 1;
}

/** Puts the headers of packets, which are numbered from 0, between pieces that have `length` bytes together. */
export function* inPackets(pieces: Iterable<Buffer>, length: number): Generator<Buffer, void> {
  let rest = length;
  let room = 0;
  let packet = 0;
  const header = () => {
    room = Math.min(rest, MAX_PACKET);
    rest -= room;
    const bytes = Buffer.alloc(4);
    bytes.writeUIntLE(room, 0, 3);
    bytes[3] = packet++ & 0xff;
    return bytes;
  };
  yield header();
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (room === 0) yield header();
      const part = piece.subarray(at, at + room);
      yield part;
      at += part.length;
      room -= part.length;
    }
  }
  if (packet < packetCount(length)) yield header();
}

/** Writes pieces as fast as the server reads them, in turns of the event loop. Ends early if the socket is closed. */
export async function writePieces(socket: Socket, pieces: Iterable<Buffer>): Promise<void> {
  let turn = new Turn();
  for (const piece of pieces) {
    if (socket.destroyed) return;
    if (!socket.write(piece)) await drained(socket);
    if (!turn.isOver) continue;
    await nextTurn();
    turn = new Turn();
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('drain', settle);
      socket.off('close', settle);
      resolve();
    };
    socket.on('drain', settle);
    socket.on('close', settle);
  });
}
