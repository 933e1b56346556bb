import type { MemoryAccount } from '../../memory/memory-account.js';
import { MemoryDraw } from '../../memory/memory-draw.js';
import { SpillFile } from '../../memory/spill-file.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { OkPacket } from '../driver/result-sink.js';
import {
  notStored,
  resultsTooLarge,
  resultTooLarge,
  tooManyResultSets,
  tooManySpillFiles,
} from '../errors/fault-texts.js';
import type { Column } from '../rows/column.js';
import { type HeldRows, MAX_FILES, type ResultLimits, resultSetMemory } from './result-limits.js';
import { RowBuffer, type RowOwner } from './row-buffer.js';

/** One result set, or the OK packet of a statement without rows. */
export interface StoredSet {
  readonly columns: readonly Column[] | undefined;
  readonly rows: RowBuffer;
  readonly ok: OkPacket;
}

const NOTHING: HeldRows = { inMemory: 0, size: 0, files: 0 };
const NO_ROWS = new RowBuffer(0);
const NO_OK: OkPacket = { affectedRows: 0, insertId: 0 };
const NO_SET: StoredSet = { columns: undefined, rows: NO_ROWS, ok: NO_OK };

/**
 * The result sets of a statement. Their rows are in memory and, beyond `resultMemory`, in one file. If a limit is
 * exceeded, a failure is returned: then the statement is to be stopped, and nothing more to be added.
 */
export class StoredSets {
  readonly #limits: ResultLimits;
  readonly #held: HeldRows;
  /** Of all result sets: the rows in memory, and the memory of all else. */
  readonly #memory: MemoryDraw;
  #sets: StoredSet[] = [];
  /** Of all that are held: the size of the rows, the part of it in memory, and the memory of all else. */
  #bytes = 0;
  #inMemory = 0;
  #overhead = 0;
  #file: SpillFile | undefined;
  /** The number of result sets with rows in the file that are held. */
  #spilled = 0;

  /** @param account what they are drawn from */
  constructor(limits: ResultLimits, account: MemoryAccount) {
    this.#memory = new MemoryDraw(account, 'rows');
    this.#limits = limits;
    this.#held = limits.held ?? NOTHING;
  }

  get length(): number {
    return this.#sets.length;
  }

  /** Bytes of the rows of all result sets. */
  get size(): number {
    return this.#bytes;
  }

  /** The part of them that is in memory. */
  get inMemory(): number {
    return this.#inMemory;
  }

  /** Whether rows are in a file. */
  get isSpilled(): boolean {
    return this.#file !== undefined;
  }

  /** Returns an empty result set if there is none with the index. */
  at(index: number): StoredSet {
    return this.#sets.at(index) ?? NO_SET;
  }

  begin(columns: readonly Column[]): ServiceFailure | undefined {
    const memory = Math.max(this.#limits.resultMemory - this.#held.inMemory - this.#inMemory, 0);
    return this.#add({ columns, rows: new RowBuffer(columns.length, memory, this.#owner, this.#memory), ok: NO_OK });
  }

  addOk({ affectedRows, insertId }: OkPacket): ServiceFailure | undefined {
    return this.#add({ ...NO_SET, ok: { affectedRows, insertId } });
  }

  /** A result set needs memory even without rows, and a statement can return millions. */
  #add(set: StoredSet): ServiceFailure | undefined {
    this.#sets.push(set);
    const memory = resultSetMemory(set.columns);
    const isFirst = this.#sets.length === 1;
    if (isFirst) this.#memory.add(memory);
    else if (!this.#memory.tryGrow(memory)) return tooManyResultSets();
    this.#overhead += memory;
    const { resultMemory } = this.#limits;
    return !isFirst && this.#overhead > resultMemory ? tooManyResultSets(resultMemory) : undefined;
  }

  /** Changes the rows of the last result set. */
  store(change: (rows: RowBuffer) => void): ServiceFailure | undefined {
    const { rows } = this.at(-1);
    const { bytes, inMemory, spilled } = rows;
    let failure: ServiceFailure | undefined;
    try {
      change(rows);
    } catch (error) {
      failure = error instanceof ServiceFailure ? error : notStored(error);
    }
    this.#bytes += rows.bytes - bytes;
    this.#inMemory += rows.inMemory - inMemory;
    if (rows.spilled && !spilled) this.#spilled++;
    const { maxResult } = this.#limits;
    if (this.#held.size + this.#bytes <= maxResult) return failure;
    return this.#held.size === 0 ? resultTooLarge(maxResult) : resultsTooLarge(maxResult);
  }

  /** Of the rows of all result sets, which share the file. */
  readonly #owner: RowOwner = {
    spillFile: () => {
      if (this.#file === undefined && this.#held.files >= MAX_FILES) {
        throw tooManySpillFiles(this.#limits.resultMemory, MAX_FILES);
      }
      this.#file ??= new SpillFile();
      return this.#file;
    },
    freed: (rows) => {
      this.#bytes -= rows.bytes;
      this.#inMemory -= rows.inMemory;
      if (!rows.spilled || --this.#spilled > 0) return;
      this.#file?.close();
      this.#file = undefined;
    },
  };

  /** Frees what the rows of a result set take, unless somebody holds them. */
  free(index: number): void {
    this.at(index).rows.close();
    this.#sets[index] = NO_SET;
  }

  /** Removes the result sets from the index on. */
  truncate(index: number): void {
    for (const { rows } of this.#sets.splice(index)) rows.close();
  }

  close(): void {
    this.truncate(0);
    this.#memory.shrink(this.#overhead);
    this.#overhead = 0;
  }
}
