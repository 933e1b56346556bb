import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { CallBuilder, type MethodCall } from './call-builder.js';
import { DecodingError } from './codec-error.js';
import { readOrdinaryDocument } from './ordinary-document.js';

/**
 * Takes a `<methodCall>` document as it arrives and gives the call at its end.
 *
 * Strict about XML and about the structure, lenient about the clients' habits that have one clear meaning (see
 * `scalars.ts`). A DOCTYPE is refused, so there are no entities but XML's five.
 *
 * @throws {DecodingError} from `write` and `end`, as soon as the document cannot become a call any more
 */
export class CallDecoder {
  // Most bodies arrive in one piece, which needs no streaming decoder and may be an ordinary document.
  #first: Buffer | undefined;
  #bytes: TextDecoder | undefined;
  #document: CallDocument | undefined;

  write(chunk: Buffer): void {
    if (this.#bytes === undefined) {
      if (this.#first === undefined) {
        this.#first = chunk;
        return;
      }
      this.#bytes = new TextDecoder('utf-8', { fatal: true });
      this.#document = new CallDocument();
      this.#document.write(decode(this.#bytes, this.#first));
    }
    this.#document?.write(decode(this.#bytes, chunk));
  }

  end(): MethodCall {
    if (this.#bytes === undefined || this.#document === undefined) return decodeWhole(this.#first ?? Buffer.alloc(0));
    this.#document.write(decode(this.#bytes));
    return this.#document.end();
  }
}

function decodeWhole(bytes: Buffer): MethodCall {
  if (!isUtf8(bytes)) throw notUtf8();
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const call = readOrdinaryDocument(text);
  if (call) return call;
  const document = new CallDocument();
  document.write(text);
  return document.end();
}

/** Without a chunk, the end: what is left must be nothing. */
function decode(bytes: TextDecoder, chunk?: Buffer): string {
  try {
    return chunk === undefined ? bytes.decode() : bytes.decode(chunk, { stream: true });
  } catch {
    throw notUtf8();
  }
}

function notUtf8(): DecodingError {
  return new DecodingError('the body is not UTF-8');
}

/** A document as the XML parser reads it. Its errors begin with line:column. */
class CallDocument {
  readonly #parser = new SaxesParser();
  readonly #builder = new CallBuilder();

  constructor() {
    const parser = this.#parser;
    const builder = this.#builder;
    parser.on('xmldecl', ({ encoding }) => checkEncoding(encoding));
    parser.on('doctype', () => {
      throw new DecodingError('a DOCTYPE is not allowed');
    });
    parser.on('opentag', ({ name }) => builder.openTag(name));
    parser.on('closetag', () => builder.closeTag());
    parser.on('text', (text) => builder.addText(text));
    parser.on('cdata', (text) => builder.addText(text));
  }

  write(text: string): void {
    this.#parse(() => this.#parser.write(text));
  }

  end(): MethodCall {
    this.#parse(() => this.#parser.close());
    return this.#builder.finish();
  }

  #parse(step: () => void): void {
    try {
      step();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { line, column } = this.#parser;
      throw new DecodingError(error instanceof DecodingError ? `${line}:${column}: ${reason}` : reason, {
        cause: error,
      });
    }
  }
}

/** ASCII is UTF-8 too, and clients that declare it send more than it has. */
function checkEncoding(encoding: string | undefined): void {
  if (encoding !== undefined && !/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) {
    throw new DecodingError(`encoding ${encoding.slice(0, 40)} is not supported`);
  }
}
