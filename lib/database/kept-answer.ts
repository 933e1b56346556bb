import { SpillFile } from '../memory/spill-file.js';
import { FAULTS } from '../netsvc/faults.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { systemErrorText } from '../system/system-error.js';
import { buffersOf, EncodedValue, encodeValue, type ValueEncoding } from '../xmlrpc/encoder.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { ResultLimits } from './results/result-limits.js';

/** Bytes that are read from the file at once. */
const PIECE = 64 * 1024;

/** The encoded result of a call, which can be sent again: in memory, and beyond a limit in a file. */
export class KeptAnswer {
  readonly #pieces: Buffer[] = [];
  #inMemory = 0;
  #file: SpillFile | undefined;

  /**
   * Encodes the result of a call completely.
   *
   * @param limits of the memory, and of memory and file together
   * @throws {ServiceFailure} 51 if it is larger, or if the disk is full
   * @throws {EncodingError}
   */
  static async of(value: unknown, encoding: ValueEncoding, limits: ResultLimits): Promise<KeptAnswer> {
    const answer = new KeptAnswer();
    try {
      const pieces = value instanceof StreamedValue ? value : buffersOf(encodeValue(value, encoding));
      for await (const piece of pieces) answer.#add(piece, limits);
      return answer;
    } catch (error) {
      answer.close();
      throw error;
    }
  }

  private constructor() {}

  /** The result, for one response. */
  get value(): EncodedValue | StreamedValue {
    const file = this.#file;
    return file === undefined ? new EncodedValue(this.#pieces) : new StreamedValue(this.#all(file));
  }

  close(): void {
    this.#pieces.length = 0;
    this.#file?.close();
  }

  #add(piece: Buffer, { resultMemory, maxResult }: ResultLimits): void {
    if (this.#inMemory + (this.#file?.size ?? 0) + piece.length > maxResult) {
      throw unavailable(`The response takes more than ${maxResult} bytes, which is the limit.`);
    }
    if (this.#file === undefined && this.#inMemory + piece.length <= resultMemory) {
      this.#pieces.push(piece);
      this.#inMemory += piece.length;
      return;
    }
    try {
      this.#file ??= new SpillFile();
      this.#file.append(piece);
    } catch (error) {
      throw unavailable(`cannot store the response: ${systemErrorText(error)}`);
    }
  }

  *#all(file: SpillFile): Generator<Buffer> {
    yield* this.#pieces;
    for (let at = 0; at < file.size; at += PIECE) yield file.read(at, Math.min(PIECE, file.size - at));
  }
}

function unavailable(details: string): ServiceFailure {
  return ServiceFailure.of(FAULTS.RESOURCE_UNAVAILABLE, details);
}
