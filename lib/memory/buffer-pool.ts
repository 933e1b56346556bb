/**
 * The buffers of large responses, which are reused: new ones for each piece would keep the garbage collector busy,
 * which stops all requests.
 *
 * Each buffer has one owner at a time:
 *
 * - `acquireBuffer` gives it to the writer, who fills it and passes it on as a piece of a response.
 * - From then on the writer must not touch it. The piece belongs to the stream that carries it.
 * - On the fast path the last owner is `ChunkedBody`. It calls `releaseBuffer` when the kernel has copied the piece, or
 *   the write has failed, and nothing refers to the piece any more.
 * - All other ways (the slow path, compression, responses that are sent with a length, broken-off responses) release
 *   nothing. Such a buffer is never used again, and the garbage collector frees it.
 *
 * A buffer that is released too early would send bytes of one client to another, so only the end of a write releases.
 * A buffer that is released twice would have two owners, so the pool accepts each only once.
 */
/** The size of a buffer, in bytes. */
export const POOLED_BUFFER_SIZE = 64 * 1024;

/** The maximum number of free buffers that are kept. */
const MAX_FREE = 64;

const free: ArrayBuffer[] = [];
const acquired = new WeakSet<ArrayBufferLike>();

/** Returns a buffer that the caller owns. */
export function acquireBuffer(): Buffer {
  const memory = free.pop() ?? new ArrayBuffer(POOLED_BUFFER_SIZE);
  acquired.add(memory);
  return Buffer.from(memory);
}

/**
 * Returns the buffer of a piece to the pool. Has no effect on memory that is not from the pool, or was released before.
 */
export function releaseBuffer({ buffer }: Buffer): void {
  if (!acquired.delete(buffer) || free.length === MAX_FREE) return;
  free.push(buffer as ArrayBuffer);
}
