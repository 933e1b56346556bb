import { atOnce } from '../turns/turns.js';
import { EncodingError } from './codec-error.js';
import { refuseObject } from './refused-values.js';
import { escapeText, NOT_XML } from './text-encoding.js';
import { ValueEncoder } from './value-encoder.js';
import { DEFAULT_FORM, type EncodedResponse, EncodedValue, type ValueEncoding } from './value-encoding.js';

const DEFAULT_ENCODING: ValueEncoding = { encodeObject: refuseObject, form: DEFAULT_FORM };

const HEAD = '<?xml version="1.0"?><methodResponse>';

export function encodeResponse(value: unknown, encoding = DEFAULT_ENCODING): EncodedResponse {
  return atOnce(responseSteps(value, encoding));
}

/** Encodes a response of any size in steps. */
export function* responseSteps(value: unknown, encoding = DEFAULT_ENCODING): Generator<void, EncodedResponse> {
  const encoder = new ValueEncoder(encoding);
  encoder.append(`${HEAD}<params><param>`);
  yield* encoder.steps(value);
  encoder.append('</param></params></methodResponse>');
  return encoder.finish();
}

/** Yields a response whose value is already encoded, in pieces. */
export async function* responsePieces(value: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(`${HEAD}<params><param>`);
  yield* value;
  yield Buffer.from('</param></params></methodResponse>');
}

/** Encodes a part of a response separately, so that an error does not affect the other parts. */
export function encodeValue(value: unknown, encoding = DEFAULT_ENCODING): EncodedValue {
  return atOnce(valueSteps(value, encoding));
}

/** Encodes a part of a response of any size in steps. */
export function* valueSteps(value: unknown, encoding = DEFAULT_ENCODING): Generator<void, EncodedValue> {
  const encoder = new ValueEncoder(encoding);
  yield* encoder.steps(value);
  return new EncodedValue(encoder.finish());
}

/** Encodes a value in pieces while they are read, with little memory besides. For values that are kept anyway. */
export function* valuePieces(value: unknown, encoding = DEFAULT_ENCODING): Generator<Buffer, void> {
  const encoder = new ValueEncoder(encoding);
  yield* encoder.pieces(value);
  yield* encoder.rest();
}

/** Encodes an array in pieces while its items arrive. */
export async function* arrayPieces(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  encoding = DEFAULT_ENCODING,
): AsyncGenerator<Buffer, void> {
  const encoder = new ValueEncoder(encoding);
  encoder.append('<value><array><data>');
  let index = 0;
  try {
    for await (const item of items) {
      yield* encoder.pieces(item);
      index++;
    }
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw new EncodingError(error.reason, error.place?.replace('result', `result[${index}]`), { cause: error });
  }
  encoder.append('</data></array></value>');
  yield* encoder.rest();
}

/**
 * Encodes a fault. Characters of `faultString`, which must be a string, that XML 1.0 cannot represent become U+FFFD.
 */
export function encodeFault(faultCode: number, faultString: string): EncodedResponse {
  const text = faultString.toWellFormed().replace(new RegExp(NOT_XML, 'g'), '\ufffd');
  return (
    `${HEAD}<fault><value><struct>` +
    `<member><name>faultCode</name><value><int>${faultCode}</int></value></member>` +
    `<member><name>faultString</name><value><string>${escapeText(text)}</string></value></member>` +
    '</struct></value></fault></methodResponse>'
  );
}

/** Returns the bytes of an encoded value, for a response that is sent in pieces. */
export function buffersOf({ pieces }: EncodedValue): readonly Buffer[] {
  return typeof pieces === 'string' ? [Buffer.from(pieces)] : pieces;
}
