import { atOnce } from '../turns/turns.js';
import type { BytesDecoder } from './bytes-decoders.js';
import { CallBuilder, type MethodCall } from './call-builder.js';
import { documentEncoding } from './document-encoding.js';
import { FastTokenizer, type Unread } from './fast-tokenizer.js';
import { XmlTokenizer } from './xml-tokenizer.js';

const NOTHING: Buffer = Buffer.alloc(0);
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Decodes a `<methodCall>` document as it arrives, and returns the call at its end.
 *
 * It is strict about XML and the structure of the document, and accepts the variants of clients that have one clear
 * meaning (see `scalars.ts`, `references.ts` and `bytes-decoders.ts`). A DOCTYPE is an error, so the only entities are
 * XML's five.
 *
 * Its cost is in proportion to the size of each piece that is written, whatever the pieces before contained.
 *
 * @throws {DecodingError} from `write` and `end`, as soon as the document is not a call
 */
export class CallDecoder {
  readonly #charset: string | undefined;
  readonly #builder = new CallBuilder();
  readonly #fast = new FastTokenizer(this.#builder);
  /** Set when the document has left the fast path. */
  #xml: XmlTokenizer | undefined;
  /** The bytes that arrived before the encoding was known. */
  #head: Buffer = NOTHING;
  #bytes: BytesDecoder | undefined;
  #begun = false;
  /** Bytes of memory of what has been read and is not in the values. */
  #held = 0;

  /** @param charset the parameter of the Content-Type, if there is one */
  constructor(charset?: string) {
    this.#charset = charset;
  }

  /**
   * Bytes of memory that the call takes so far: its values, and the text that has not become any. At the end, when the
   * decoder is no longer needed, only the values remain.
   */
  get cost(): number {
    return this.#builder.cost + this.#held + 2 * (this.#xml?.held ?? 0);
  }

  write(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#bytes === undefined) {
      bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      this.#bytes = documentEncoding(bytes, false, this.#charset);
      if (this.#bytes === undefined) {
        this.#head = bytes;
        return;
      }
    }
    const { held = 0 } = this.#bytes;
    this.#read(this.#bytes.write(bytes), bytes.length);
    this.#held += (this.#bytes.held ?? 0) - held;
  }

  end(): MethodCall {
    const call = this.ending();
    return 'next' in call ? atOnce(call) : call;
  }

  /** Returns the call at the end of the document: in steps, if the encoding of much of it is known only there. */
  ending(): MethodCall | Generator<void, MethodCall> {
    if (this.#bytes === undefined) {
      this.#bytes = documentEncoding(this.#head, true, this.#charset);
      if (this.#bytes) this.#read(this.#bytes.write(this.#head), this.#head.length);
    }
    if (this.#bytes?.held) return this.#endInSteps(this.#bytes, this.#bytes.held);
    for (const text of this.#bytes?.end() ?? []) this.#read(text, 0);
    return this.#finish();
  }

  *#endInSteps(bytes: BytesDecoder, held: number): Generator<void, MethodCall> {
    let rest = held;
    for (const text of bytes.end()) {
      const { held = 0 } = bytes;
      this.#read(text, 0);
      this.#held += held - rest;
      rest = held;
      yield;
    }
    return this.#finish();
  }

  #finish(): MethodCall {
    if (this.#xml === undefined) this.#passToSlowPath(this.#fast.end());
    this.#xml?.end();
    const call = this.#builder.finish();
    this.#held = 0;
    return call;
  }

  /** @param bytes the number of bytes that the text was decoded from */
  #read(text: string, bytes: number): void {
    if (text === '') return;
    const read = !this.#begun && text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
    this.#begun = true;
    const width = this.#bytes?.isWide || text.length !== bytes ? 2 : 1;
    this.#builder.beginPiece(read.length, width);
    if (this.#xml) this.#xml.write(read);
    else this.#passToSlowPath(this.#fast.write(read));
    this.#builder.endPiece();
  }

  /** Passes the rest of the document to the XML parser. */
  #passToSlowPath(unread: Unread | undefined): void {
    if (unread === undefined) return;
    this.#xml = new XmlTokenizer(this.#builder, unread.start, unread.done);
    this.#xml.write(unread.text);
  }
}
