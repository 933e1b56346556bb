import iconv from 'iconv-lite';
import { UsageError } from '../client/command-errors.js';
import { UnreadableLine } from './file-record.js';

/** What iconv-lite returns for bytes that are no character. */
const NO_CHARACTER = '\ufffd';

/** @throws {UsageError} if a name is not that of an encoding, such as `windows-1252` */
export function checkEncoding(name: string): void {
  if (!iconv.encodingExists(name)) throw new UsageError(`unknown encoding "${name}"`);
}

/**
 * Decodes the bytes of a file in a given encoding while they arrive, without a byte order mark.
 *
 * @param read is told the number of bytes
 * @throws {UnreadableLine} behind the lines before one that is not in this encoding
 */
export async function* encodedText(
  chunks: AsyncIterable<Buffer>,
  encoding: string,
  read: (bytes: number) => void,
): AsyncGenerator<string, void, void> {
  const decoder = iconv.getDecoder(encoding);
  let line = 1;
  for await (const chunk of chunks) {
    const text = decoder.write(chunk);
    yield* readable(text, line, encoding);
    read(chunk.length);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line++;
  }
  yield* readable(decoder.end() ?? '', line, encoding);
}

/** Yields the text, or the lines before one that is not in the encoding. */
function* readable(text: string, line: number, encoding: string): Generator<string, void, void> {
  const wrong = text.indexOf(NO_CHARACTER);
  if (wrong < 0) return yield text;
  const before = text.slice(0, text.lastIndexOf('\n', wrong) + 1);
  yield before;
  throw new UnreadableLine(line + before.split('\n').length - 1, `not ${encoding}`);
}
