import type { BytesDecoder } from './bytes-decoders.js';
import { CallBuilder, type MethodCall } from './call-builder.js';
import { documentEncoding } from './document-encoding.js';
import { FastTokenizer, type Unread } from './fast-tokenizer.js';
import { XmlTokenizer } from './xml-tokenizer.js';

const NOTHING: Buffer = Buffer.alloc(0);
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Takes a `<methodCall>` document as it arrives and gives the call at its end.
 *
 * Strict about XML and about the structure, lenient about the clients' habits that have one clear meaning (see
 * `scalars.ts`, `references.ts` and `bytes-decoders.ts`). A DOCTYPE is refused, so there are no entities but XML's
 * five.
 *
 * @throws {DecodingError} from `write` and `end`, as soon as the document cannot become a call any more
 */
export class CallDecoder {
  readonly #charset: string | undefined;
  readonly #builder = new CallBuilder();
  readonly #ordinary = new FastTokenizer(this.#builder);
  /** From the first thing on that is not ordinary. */
  #xml: XmlTokenizer | undefined;
  /** What has come before the encoding is known. */
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
    if (this.#xml === undefined) this.#leave(this.#ordinary.end());
    this.#xml?.end();
    return this.#builder.finish();
  }

  #read(text: string): void {
    if (text === '') return;
    const read = !this.#begun && text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
    this.#begun = true;
    if (this.#xml) this.#xml.write(read);
    else this.#leave(this.#ordinary.write(read));
  }

  /** Leaves the rest of the document to an XML parser. */
  #leave(unread: Unread | undefined): void {
    if (unread === undefined) return;
    this.#xml = new XmlTokenizer(this.#builder, unread.start, unread.done);
    this.#xml.write(unread.text);
  }
}
