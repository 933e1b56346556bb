/*
 * The reused buffers of streamed responses and of stored rows, and the rule of who owns one when.
 *
 * At any moment a buffer has one owner, the only code that may read, write or release it:
 *
 * 1. `acquireBuffer` gives it to the writer (`XmlWriter` in lib/database/rows/xml-writer.ts), which fills it.
 * 2. `sealBuffer` ends the writer's ownership: the filled part becomes a piece, which passes whole, as the same
 *    object, through the streamed value (lib/xmlrpc/streamed-value.ts) and lib/http/answers/streamed-answer.ts.
 * 3. On the fast path, `ChunkedBody` (lib/http/fast/socket-body.ts) owns the piece while it is in the socket, and
 *    releases it when the socket has reported success: the kernel, or TLS, has its own copy by then.
 * 4. `releaseBuffer` gives the memory back to the pool. Nothing may touch the piece afterwards. With NETSVC_POISON=1 it
 *    is overwritten at once.
 *
 * Stored rows do not move: `RowBuffer` (lib/database/results/row-buffer.ts) acquires a buffer for each block, owns it
 * until the last holder of the rows has gone, and gives it back with `returnBuffer`. Readers have views of it, and hold
 * the rows.
 *
 * Everywhere else the piece is not released and the garbage collector frees it: on the slow path (node:http), with
 * compression, by way of a spill file, in a response that is sent with its length, and whenever a write fails
 * or the response is broken off. A buffer that is never released costs an allocation and nothing else.
 *
 * A buffer that is released twice or too early would send one client's bytes to another. Therefore `releaseBuffer`
 * has one caller, and its type accepts only what `isPooled` has found to be the piece that `sealBuffer` returned: a
 * second release, a part of a piece and a buffer of other origin are none, even if the memory is in use again. In the
 * same way, `returnBuffer` accepts only the buffer that `acquireBuffer` returned, once. What is
 * kept for another response, such as the answers of `once`, holds no pieces: it consists of text, and of rows that are
 * encoded again.
 */

declare const POOLED: unique symbol;

/** A piece of pooled memory that has not been released. Only `isPooled` tells one from another buffer. */
export type PooledPiece = Buffer & { readonly [POOLED]: true };

/** The size of a pooled buffer, in bytes. */
export const POOLED_BUFFER_SIZE = 64 * 1024;

/**
 * The maximum number of free buffers, which are 16 MB: the rows of a large result in memory, by default. If they were
 * garbage, those of the next result would need as much memory again.
 */
const MAX_FREE = 256;

const free: ArrayBuffer[] = [];

/** Buffers that a writer or a row buffer owns. */
const acquired = new WeakSet<Uint8Array>();

/** Pieces that have not been released. */
const sealed = new WeakSet<Buffer>();

/**
 * Returns a buffer of `POOLED_BUFFER_SIZE` bytes, with arbitrary content. New memory for each piece of a large response
 * would keep the garbage collector busy, and all requests waiting for it.
 */
export function acquireBuffer(): Buffer {
  const buffer = Buffer.from(free.pop() ?? new ArrayBuffer(POOLED_BUFFER_SIZE));
  acquired.add(buffer);
  return buffer;
}

/** Makes a piece of the first `length` bytes of a buffer, pooled or not. The caller must not use the buffer again. */
export function sealBuffer(buffer: Uint8Array, length: number): Buffer {
  const piece = Buffer.from(buffer.buffer, buffer.byteOffset, length);
  if (acquired.delete(buffer)) sealed.add(piece);
  return piece;
}

/** Whether this very object is a sealed piece that has not been released. */
export function isPooled(piece: Buffer): piece is PooledPiece {
  return sealed.has(piece);
}

/** Returns the memory of a piece to the pool. Has no effect if it has been released since it was checked. */
export function releaseBuffer(piece: PooledPiece): void {
  if (sealed.delete(piece)) recycle(piece.buffer as ArrayBuffer);
}

/** Returns the memory of a buffer that has not been sealed to the pool; false, and nothing else, for other buffers. */
export function returnBuffer(buffer: Buffer): boolean {
  const isOurs = acquired.delete(buffer);
  if (isOurs) recycle(buffer.buffer as ArrayBuffer);
  return isOurs;
}

function recycle(memory: ArrayBuffer): void {
  poison(new Uint8Array(memory));
  if (free.length < MAX_FREE) free.push(memory);
}

/** What released memory contains, so that a late reader shows. */
export const POISON = 0xdb;

const poisons = process.env.NETSVC_POISON === '1';

/** Overwrites memory that nobody may read any more, with NETSVC_POISON=1, as in the specs. */
export function poison(memory: Uint8Array): void {
  if (poisons) memory.fill(POISON);
}
