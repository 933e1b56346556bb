import { acquireBuffer, POOLED_BUFFER_SIZE, sealBuffer } from '../../memory/buffer-pool.js';

/**
 * Tags are written eight bytes at a time. This many bytes beyond the end of a tag can be overwritten, and the next
 * write replaces them.
 */
const OVERRUN = 8;

/** The size of the first buffer, in bytes: most responses are small. */
const FIRST_BUFFER = 4 * 1024;

const NONE: Buffer[] = [];

/** ASCII text that is written often. */
export class Tag {
  readonly length: number;
  /**
   * Its bytes, padded, as doubles, which a DataView can store at any offset. ASCII is never a NaN, whose bits may
   * change.
   */
  readonly words: Float64Array;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.length = bytes.length;
    this.words = new Float64Array(Math.ceil(bytes.length / 8));
    new Uint8Array(this.words.buffer).set(bytes);
  }
}

/** Writes XML to buffers. A caller reserves space with `reserve`, and then writes at `at` to `bytes` or `view`. */
export class XmlWriter {
  bytes: Uint8Array = NONE_YET;
  view: DataView = new DataView(NONE_YET.buffer);
  at = 0;
  #full: Buffer[] = [];

  /** Reserves `length` bytes, in a new buffer if the current one is full. */
  reserve(length: number): void {
    if (this.bytes.length - this.at < length + OVERRUN) this.#begin(length + OVERRUN);
  }

  /** Writes a tag to reserved space. */
  tag({ words, length }: Tag): void {
    const { view, at } = this;
    for (let i = 0; i < words.length; i++) view.setFloat64(at + i * 8, words[i] as number, true);
    this.at = at + length;
  }

  /** Copies bytes. */
  write(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Returns the full buffers. Ownership passes to the caller. */
  take(): Buffer[] {
    if (this.#full.length === 0) return NONE;
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Returns all buffers. Ownership passes to the caller. */
  finish(): Buffer[] {
    this.#begin(0);
    return this.take();
  }

  #buffer(length: number): Uint8Array {
    if (length === 0) return NONE_YET;
    if (this.bytes === NONE_YET && length <= FIRST_BUFFER) return Buffer.allocUnsafeSlow(FIRST_BUFFER);
    return length <= POOLED_BUFFER_SIZE ? acquireBuffer() : Buffer.allocUnsafeSlow(length);
  }

  #begin(length: number): void {
    if (this.at > 0) this.#full.push(sealBuffer(this.bytes, this.at));
    this.bytes = this.#buffer(length);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.at = 0;
  }
}

const NONE_YET = new Uint8Array(0);
