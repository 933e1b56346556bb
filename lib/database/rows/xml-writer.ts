import { SPARE_BUFFER, takeBuffer } from '../../memory/buffer-pool.js';

/** Tags are written eight bytes at a time, so their ends may write so many too many; what comes next is written over them. */
const OVERRUN = 8;

/** Most answers are small, so the first buffer is. */
const FIRST_BUFFER = 4 * 1024;

const NONE: Buffer[] = [];

/** ASCII that is written again and again. */
export class Tag {
  readonly length: number;
  /** Its bytes, padded; as doubles, because those can be stored anywhere at once. (No ASCII is a NaN, which would not keep its bits.) */
  readonly words: Float64Array;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.length = bytes.length;
    this.words = new Float64Array(Math.ceil(bytes.length / 8));
    new Uint8Array(this.words.buffer).set(bytes);
  }
}

/** Fills buffers with XML. Writing is for whoever knows how much there is: `room` first, then at `at` in `bytes` and `view`. */
export class XmlWriter {
  bytes: Uint8Array = NONE_YET;
  view: DataView = new DataView(NONE_YET.buffer);
  at = 0;
  #full: Buffer[] = [];

  /** Makes room for so many bytes, if need be in a new buffer. */
  room(length: number): void {
    if (this.bytes.length - this.at < length + OVERRUN) this.#begin(length + OVERRUN);
  }

  /** Writes a tag that there is room for. */
  tag({ words, length }: Tag): void {
    const { view, at } = this;
    for (let i = 0; i < words.length; i++) view.setFloat64(at + i * 8, words[i] as number, true);
    this.at = at + length;
  }

  /** Writes what has been made elsewhere. */
  write(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Takes the buffers that are full. */
  take(): Buffer[] {
    if (this.#full.length === 0) return NONE;
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Takes all there is. */
  finish(): Buffer[] {
    this.#begin(0);
    return this.take();
  }

  #buffer(length: number): Uint8Array {
    if (length === 0) return NONE_YET;
    if (this.bytes === NONE_YET && length <= FIRST_BUFFER) return Buffer.allocUnsafeSlow(FIRST_BUFFER);
    return length <= SPARE_BUFFER ? takeBuffer() : Buffer.allocUnsafeSlow(length);
  }

  #begin(length: number): void {
    if (this.at > 0) this.#full.push(Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.at));
    this.bytes = this.#buffer(length);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.at = 0;
  }
}

const NONE_YET = new Uint8Array(0);
