/** The size of the buffers, in bytes. */
export const SPARE_BUFFER = 64 * 1024;

/** So many are kept. */
const MOST = 64;

const spare: ArrayBuffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/**
 * A buffer for a piece of an answer. An answer of any size goes through a few of them: new ones for each piece would
 * keep the garbage collector busy, and everybody waiting for it.
 */
export function takeBuffer(): Buffer {
  const memory = spare.pop() ?? new ArrayBuffer(SPARE_BUFFER);
  lent.add(memory);
  return Buffer.from(memory);
}

/**
 * Gives back the buffer that a piece is a view of, once nobody reads the piece any more. What did not come from here is
 * left alone.
 */
export function giveBack({ buffer }: Buffer): void {
  if (!lent.delete(buffer) || spare.length === MOST) return;
  spare.push(buffer as ArrayBuffer);
}
