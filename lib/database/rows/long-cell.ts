import { Utf8 } from '../../xmlrpc/bytes-decoders.js';
import { DecodingError } from '../../xmlrpc/codec-error.js';
import { base64Of, escapeText, NOT_XML, TEXT_BASE64 } from '../../xmlrpc/text-encoding.js';

/** Cells with more bytes are encoded in steps. */
export const LONG_CELL = 256 * 1024;

/** The bytes of a step. */
const STEP = 64 * 1024;

/** A long cell, in memory or in a file. */
export interface LongCell {
  /** Bytes. */
  readonly length: number;
  read(at: number, length: number): Buffer;
}

/**
 * Encodes a long cell in pieces, some of which are empty: all of a text is read before, because it is sent as bytes if
 * XML cannot represent it.
 *
 * @param isText it is UTF-8, unless it is invalid
 */
export function* longCell(cell: LongCell, isText: boolean): Generator<string, void> {
  const content = isText ? yield* contentOf(cell) : 'bytes';
  if (content !== 'xml') {
    yield* base64Of(stepsOf(cell), content === 'text' ? TEXT_BASE64 : undefined);
    return;
  }
  const utf8 = new Utf8();
  yield '<value><string>';
  for (const step of stepsOf(cell)) yield escapeText(utf8.write(step));
  yield '</string></value>';
}

/** Whether it is text that XML can represent, other text, or invalid. */
function* contentOf(cell: LongCell): Generator<string, 'xml' | 'text' | 'bytes'> {
  const utf8 = new Utf8();
  let isXml = true;
  try {
    for (const step of stepsOf(cell)) {
      if (NOT_XML.test(utf8.write(step))) isXml = false;
      yield '';
    }
    utf8.end();
    return isXml ? 'xml' : 'text';
  } catch (error) {
    if (error instanceof DecodingError) return 'bytes';
    throw error;
  }
}

function* stepsOf({ length, read }: LongCell): Generator<Buffer, void> {
  for (let at = 0; at < length; at += STEP) yield read(at, Math.min(STEP, length - at));
}
