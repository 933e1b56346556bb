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

  /** @param charset the parameter of the Content-Type, if there is one */
  constructor(charset?: string) {
    this.#charset = charset;
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
    this.#read(this.#bytes.write(bytes));
  }

  end(): MethodCall {
    if (this.#bytes === undefined) {
      this.#bytes = documentEncoding(this.#head, true, this.#charset);
      if (this.#bytes) this.#read(this.#bytes.write(this.#head));
    }
    if (this.#bytes) this.#read(this.#bytes.end());
    if (this.#xml === undefined) this.#passToSlowPath(this.#fast.end());
    this.#xml?.end();
    return this.#builder.finish();
  }

  #read(text: string): void {
    if (text === '') return;
    const read = !this.#begun && text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
    this.#begun = true;
    if (this.#xml) this.#xml.write(read);
    else this.#passToSlowPath(this.#fast.write(read));
  }

  /** Passes the rest of the document to the XML parser. */
  #passToSlowPath(unread: Unread | undefined): void {
    if (unread === undefined) return;
    this.#xml = new XmlTokenizer(this.#builder, unread.start, unread.done);
    this.#xml.write(unread.text);
  }
}
