import { isUtf8 } from 'node:buffer';
import { UnreadableLine } from './file-record.js';

const LF = 0x0a;

/**
 * Decodes the bytes of a file in UTF-8 while they arrive, without a byte order mark.
 *
 * @param read is told the number of bytes
 * @throws {UnreadableLine} behind the lines before one that is not UTF-8
 */
export async function* fileText(
  chunks: AsyncIterable<Buffer>,
  read: (bytes: number) => void,
): AsyncGenerator<string, void, void> {
  let lines = 0;
  // The beginning of a character.
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  for await (const chunk of chunks) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = wholeCharacters(bytes);
    const whole = bytes.subarray(0, end);
    rest = bytes.subarray(end);
    if (!isUtf8(whole)) {
      const { start, line } = invalidLine(whole);
      yield whole.toString('utf8', 0, start);
      throw notUtf8(lines + line);
    }
    for (let at = whole.indexOf(LF); at >= 0; at = whole.indexOf(LF, at + 1)) lines++;
    read(chunk.length);
    const text = whole.toString();
    yield isFirst && text.startsWith('\ufeff') ? text.slice(1) : text;
    isFirst = false;
  }
  if (rest.length > 0) throw notUtf8(lines + 1);
}

/** Returns the end of the last character that is not cut off. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function notUtf8(line: number): UnreadableLine {
  return new UnreadableLine(line, 'not UTF-8: name the encoding, as by --encoding windows-1252');
}

/** Returns the first line that is not UTF-8, from 1, and where it begins. */
function invalidLine(bytes: Buffer): { readonly line: number; readonly start: number } {
  let line = 1;
  let start = 0;
  for (let at = bytes.indexOf(LF); at >= 0 && isUtf8(bytes.subarray(start, at)); at = bytes.indexOf(LF, start)) {
    line++;
    start = at + 1;
  }
  return { line, start };
}
