import { YoungGeneration } from '../../system/young-generation.js';
import { columnOf } from '../formats/column.js';
import type { PrintedColumn } from '../formats/rows-format.js';
import type { ResponseValue } from '../values/response-value.js';
import { valueText } from '../values/value-text.js';
import { BrokenOff, Fault } from './command-errors.js';
import { decodeResponse, ResponseDecoder } from './response-decoder.js';
import { RpcEndpoint } from './rpc-endpoint.js';
import type { Argument } from './typed-arguments.js';

export type Row = readonly ResponseValue[];

/** Seconds after which netsvc closes the session of a client that is gone. */
const TIMEOUT = 60;

/** Rows. They are printed while they arrive, so that a batch of any size needs little memory. */
const FIRST_BATCH = 10_000;
const MAX_BATCH = 1_000_000;
/** The size that the responses with rows should have, in bytes. */
const BATCH_BYTES = 64 * 1024 ** 2;

/** Milliseconds to skip the rows that are left of a result, at first. */
const DISCARD_TIMEOUT = 300;

const NEVER = new AbortController().signal;

/** A cursor session of netsvc whose rows are streamed. */
export class CursorClient {
  readonly #endpoint: RpcEndpoint;
  #calls = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  readonly #keepAlive: number;

  private constructor(endpoint: RpcEndpoint, keepAlive: number) {
    this.#endpoint = endpoint;
    this.#keepAlive = keepAlive;
    this.#rest();
  }

  /**
   * @param service the database service
   * @param keepAlive milliseconds without a request after which one is made to keep the session
   */
  static async open(service: RpcEndpoint, signal: AbortSignal, keepAlive = 15_000): Promise<CursorClient> {
    const id = await service.call('cursor', [TIMEOUT, 'SSCursor'], signal);
    return new CursorClient(new RpcEndpoint(service.http, `${service.path.replace(/\/$/, '')}/${id}`), keepAlive);
  }

  /**
   * Returns the number of affected rows; -1 if the statement returns rows.
   *
   * @param args those of %s, or a struct alone with those of %(name)s
   */
  async execute(sql: string, args: readonly Argument[], signal: AbortSignal): Promise<bigint> {
    const [first = null, ...others] = args;
    const params = others.length === 0 && isStruct(first) ? first : [...args];
    return countOf(await this.#call('execute', args.length === 0 ? [sql] : [sql, params], signal));
  }

  /** Returns the columns of the current result; undefined if it has no rows. */
  async description(signal: AbortSignal): Promise<readonly PrintedColumn[] | undefined> {
    const columns = await this.#call('description', [], signal);
    return Array.isArray(columns) ? columns.map(columnOf) : undefined;
  }

  /**
   * Yields the rows of the current result as they arrive. They are requested in batches. All rows have to be taken from
   * each group before the next.
   */
  async *rows(signal: AbortSignal): AsyncGenerator<Iterable<Row>, void, void> {
    const space = new YoungGeneration();
    let size = FIRST_BATCH;
    for (;;) {
      const batch = { rows: 0, bytes: 0 };
      const decoder = new ResponseDecoder();
      for await (const chunk of this.#rowBytes(size, signal)) {
        batch.bytes += chunk.length;
        yield counted(decoder.write(chunk) as Iterable<Row>, batch);
        space.limit();
      }
      decoder.end();
      if (batch.rows < size) return;
      size = Math.min(MAX_BATCH, Math.ceil((BATCH_BYTES * batch.rows) / batch.bytes));
    }
  }

  /** Moves to the next result of a procedure. Returns false if there is none. */
  async nextset(signal: AbortSignal): Promise<boolean> {
    return valueText(await this.#call('nextset', [], signal)) === '1';
  }

  async rowcount(signal: AbortSignal): Promise<bigint> {
    return countOf(await this.#call('rowcount', [], signal));
  }

  /** Drops the results of a statement that failed or was cancelled. Their rows would prevent the next statement. */
  async discard(signal: AbortSignal): Promise<void> {
    // The network can be slower, so that the next attempt takes longer.
    for (let timeout = DISCARD_TIMEOUT; ; timeout *= 2) {
      // MySQL would send all rows that are left. Closing the connection stops it.
      const limit = AbortSignal.timeout(timeout);
      try {
        while (await this.nextset(AbortSignal.any([signal, limit])));
        return;
      } catch (error) {
        // Tells again why the statement ended.
        if (error instanceof Fault) return;
        if (signal.aborted || !limit.aborted) throw error;
      }
    }
  }

  /** Makes a call that is encoded. @returns its result */
  send(document: string, signal: AbortSignal): Promise<ResponseValue> {
    return decodeResponse(this.#kept(this.#endpoint.send(document, signal)));
  }

  /** Closes the session. Its transaction is rolled back. */
  async close(signal: AbortSignal): Promise<void> {
    this.#ended = true;
    await this.#call('close', [], signal);
  }

  /** A statement that fails among its rows breaks off the response. The next request tells why. */
  async *#rowBytes(size: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      yield* this.#stream('fetchmany', [size], signal);
    } catch (error) {
      if (error instanceof BrokenOff) await this.nextset(signal);
      throw error;
    }
  }

  #call(method: string, params: readonly (Argument | string)[], signal: AbortSignal): Promise<ResponseValue> {
    return decodeResponse(this.#stream(method, params, signal));
  }

  #stream(method: string, params: readonly (Argument | string)[], signal: AbortSignal): AsyncGenerator<Buffer> {
    return this.#kept(this.#endpoint.stream(method, params, signal));
  }

  /** Counts a call that runs. */
  async *#kept(response: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    this.#calls++;
    clearTimeout(this.#timer);
    try {
      yield* response;
    } finally {
      this.#calls--;
      this.#rest();
    }
  }

  /** Keeps the session while it has nothing to do, for as long as the process runs. */
  #rest(): void {
    if (this.#calls > 0 || this.#ended) return;
    // An error shows again in the next call.
    this.#timer = setTimeout(() => void this.rowcount(NEVER).catch(() => {}), this.#keepAlive);
    this.#timer.unref();
  }
}

function* counted(rows: Iterable<Row>, batch: { rows: number }): Generator<Row, void, void> {
  for (const row of rows) {
    batch.rows++;
    yield row;
  }
}

function countOf(value: ResponseValue): bigint {
  return BigInt(valueText(value) ?? 0);
}

/** Values of other types have classes. */
function isStruct(value: Argument): boolean {
  return value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
