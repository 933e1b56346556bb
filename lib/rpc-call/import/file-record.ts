/** A record of a file of rows. */
export interface FileRecord {
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** Texts and nulls, or values of JSON. */
  readonly values: readonly unknown[];
  /** The names of its columns, if the record itself has them. */
  readonly names?: readonly string[];
  /** XML takes its texts as they are. */
  readonly plain?: boolean;
  /** It is an empty line, which is no row unless there is one column. */
  readonly blank?: boolean;
  /** Why it is none. */
  readonly error?: string;
}

/** Splits the text of a file into records. */
export interface RecordReader {
  /** Returns the records that end in a piece of text. */
  write(text: string): FileRecord[];
  /** Returns the last record if nothing ends it. */
  end(): FileRecord[];
}

/** What stands on a line is no record, and nothing behind it can be read. */
export class UnreadableLine extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** The maximum length of a record: that of the largest requests, with escapes. */
const MAX_RECORD = 128 * 1024 ** 2;

/** @throws {UnreadableLine} if a part of a record is so long that something must be missing behind it */
export function checkLength(length: number, line: number): void {
  if (length > MAX_RECORD) throw new UnreadableLine(line, 'more than 128 MB: is a quote or a line end missing?');
}
