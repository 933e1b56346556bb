import { StringDecoder } from 'node:string_decoder';
import { SaxesParser } from 'saxes';
import { DecodingError } from '../../xmlrpc/codec-error.js';
import type { ResponseValue } from '../values/response-value.js';
import { Fault } from './command-errors.js';
import { ITEM_PATH, ResponseBuilder } from './response-builder.js';
import { RowScanner } from './row-scanner.js';

/**
 * Decodes a `<methodResponse>` in UTF-8 as it arrives.
 *
 * Rows in the form in which netsvc sends them, the fast path, take a fraction of the time of an XML parser. At anything
 * else the rest of the document is left to saxes. A property-based spec checks that both have the same result.
 */
export class ResponseDecoder {
  // Not the decoders of requests, because netsvc's responses are valid UTF-8, and those load many encodings.
  readonly #utf8 = new StringDecoder('utf8');
  readonly #builder = new ResponseBuilder();
  readonly #rows = new RowScanner();
  /** Set when the document has left the fast path. */
  #xml: SaxesParser | undefined;

  /**
   * Yields the items that are complete, if the result is an array. All of them have to be taken.
   *
   * @throws {Fault}
   * @throws {DecodingError} if the document is not a response
   */
  write(bytes: Buffer): Generator<ResponseValue, void, void> {
    return this.writeText(this.#utf8.write(bytes));
  }

  /** The same for text, of which no character is divided. */
  *writeText(text: string): Generator<ResponseValue, void, void> {
    if (this.#xml === undefined) yield* this.#rows.scan(text);
    if (this.#xml) yield* this.#parse(text);
    else if (this.#rows.stopped) yield* this.#parse(this.#rows.rest());
  }

  /**
   * @returns the result; undefined if it is an array, whose items `write` has yielded
   * @throws {Fault}
   * @throws {DecodingError} if the document is not complete
   */
  end(): ResponseValue | undefined {
    if (this.#xml === undefined && this.#rows.complete) return undefined;
    this.#parse(this.#rows.rest() + this.#utf8.end());
    checked(() => this.#xml?.close());
    return this.#builder.finish();
  }

  #parse(text: string): readonly ResponseValue[] {
    checked(() => {
      this.#xml ??= this.#parser(this.#rows.begun);
      this.#xml.write(text);
    });
    return this.#builder.takeItems();
  }

  /** @param begun the tags around the items have been read */
  #parser(begun: boolean): SaxesParser {
    const parser = new SaxesParser({ position: false });
    const builder = this.#builder;
    parser.on('doctype', () => {
      throw new DecodingError('a DOCTYPE is not allowed');
    });
    parser.on('opentag', ({ name }) => builder.open(name));
    parser.on('closetag', () => builder.close());
    parser.on('text', (text) => builder.text(text));
    parser.on('cdata', (text) => builder.text(text));
    if (begun) parser.write(ITEM_PATH.map((tag) => `<${tag}>`).join(''));
    return parser;
  }
}

/** Decodes a complete response. */
export async function decodeResponse(chunks: AsyncIterable<Buffer>): Promise<ResponseValue> {
  const decoder = new ResponseDecoder();
  const items: ResponseValue[] = [];
  for await (const chunk of chunks) items.push(...decoder.write(chunk));
  const value = decoder.end();
  return value === undefined ? items : value;
}

/** Distinguishes the errors of the XML parser. */
function checked(parse: () => void): void {
  try {
    parse();
  } catch (error) {
    if (error instanceof Fault || error instanceof DecodingError) throw error;
    throw new DecodingError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
