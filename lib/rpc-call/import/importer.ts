import { Fault } from '../client/command-errors.js';
import type { Batch } from './batch.js';
import type { ImportSession, RefusedRow } from './import-session.js';

/** Imports batches of rows: all of them or none, or those that can be. */
export interface Importer {
  /** The number of rows that are in the table, or will be with the commit. */
  readonly imported: number;
  /** The number of batches that can be inserted at the same time. */
  readonly width: number;
  /** @throws {Fault} if nothing behind the batch can be imported */
  insert(batch: Batch): Promise<void>;
  /** Returns an error of `insert` with the line of the row, if that can be found. Called when no batch is inserted. */
  explain(error: unknown): Promise<unknown>;
  /** Makes the rows last. */
  commit(): Promise<void>;
}

/** A batch that failed as a whole. */
interface FailedBatch {
  readonly batch: Batch;
  readonly error: unknown;
  /** The state before it. */
  readonly savepoint: string;
}

/** Imports all rows in one transaction, or none. */
export class AtomicImporter implements Importer {
  readonly #session: ImportSession;
  readonly #transactional: boolean;
  /** The beginning of the transaction. */
  #begun: Promise<void> | undefined;
  #savepoints = 0;
  readonly #failed: FailedBatch[] = [];
  imported = 0;

  /** @param transactional whether the table has transactions; without, the rows before one that fails stay */
  constructor(session: ImportSession, transactional: boolean) {
    this.#session = session;
    this.#transactional = transactional;
  }

  /**
   * The server reads a batch while MySQL inserts the one before it. It does not matter which arrives first, because the
   * first error ends the import.
   */
  get width(): number {
    return this.#transactional ? 2 : 1;
  }

  async insert(batch: Batch): Promise<void> {
    if (!this.#transactional) {
      await this.#insertSingly(batch);
      return;
    }
    this.#begun ??= this.#session.run('begin');
    await this.#begun;
    const savepoint = `rpc_call_${++this.#savepoints}`;
    try {
      await this.#session.insert(batch, `savepoint ${savepoint}`);
      this.imported += batch.lines.length;
    } catch (error) {
      this.#failed.push({ batch, savepoint, error });
      throw error;
    }
  }

  async explain(error: unknown): Promise<unknown> {
    const failed = this.#failed.find((batch) => batch.error === error);
    if (failed === undefined || !(error instanceof Fault) || isGeneral(error.code)) return error;
    const { batch, savepoint } = failed;
    const [line] = batch.lines;
    if (batch.lines.length === 1) return new Fault(error.code, error.text, line);
    try {
      await this.#session.run(`rollback to savepoint ${savepoint}`);
      await this.#insertSingly(batch);
    } catch (found) {
      if (found instanceof Fault && found.line !== undefined) return found;
    }
    // Such as a deadlock, by which the transaction is gone.
    return new Fault(error.code, `${batch.place}: ${error.text}`);
  }

  async commit(): Promise<void> {
    await this.#session.run('commit');
  }

  /** @throws {Fault} with the line of the first row that MySQL refuses */
  async #insertSingly(batch: Batch): Promise<void> {
    const [refused] = await this.#session.insertSingly(batch, { goesOn: false });
    if (refused === undefined) {
      this.imported += batch.lines.length;
      return;
    }
    this.imported += batch.lines.indexOf(refused.line);
    throw new Fault(refused.fault.code, refused.fault.text, refused.line);
  }
}

/** Imports each batch in a transaction of its own, and the rows of one that fails one by one. */
export class PartialImporter implements Importer {
  readonly #session: ImportSession;
  readonly #transactional: boolean;
  readonly #refuse: (row: RefusedRow) => void;
  /** A batch that fails is repeated before the next one. */
  readonly width = 1;
  imported = 0;

  /** @param refuse is told the rows that are not imported */
  constructor(session: ImportSession, transactional: boolean, refuse: (row: RefusedRow) => void) {
    this.#session = session;
    this.#transactional = transactional;
    this.#refuse = refuse;
  }

  async insert(batch: Batch): Promise<void> {
    if (this.#transactional) {
      try {
        await this.#session.insert(batch, 'begin', 'commit');
        this.imported += batch.lines.length;
        return;
      } catch (error) {
        if (!(error instanceof Fault) || isGeneral(error.code)) throw error;
        await this.#session.run('rollback');
      }
    }
    const refused = await this.#singly(batch);
    this.imported += batch.lines.length - refused.length;
    for (const row of refused) this.#refuse(row);
  }

  async explain(error: unknown): Promise<unknown> {
    return error;
  }

  async commit(): Promise<void> {}

  async #singly(batch: Batch): Promise<RefusedRow[]> {
    if (!this.#transactional) return this.#inOrder(await this.#session.insertSingly(batch, { goesOn: true }));
    await this.#session.run('begin');
    const refused = await this.#session.insertSingly(batch, { goesOn: true });
    // A deadlock has rolled back the rows before it as well.
    if (refused.some(({ fault }) => fault.code === DEADLOCK)) {
      await this.#session.run('rollback');
      return this.#inOrder(await this.#session.insertSingly(batch, { goesOn: true }));
    }
    await this.#session.run('commit');
    return this.#inOrder(refused);
  }

  /** @throws {Fault} if the rows failed for a reason that is not their own */
  #inOrder(refused: RefusedRow[]): RefusedRow[] {
    const general = refused.find(({ fault }) => isGeneral(fault.code));
    if (general) throw general.fault;
    return refused;
  }
}

const DEADLOCK = 1213;

/** Errors of the statement, the session or the server, which all rows would have. */
const GENERAL: ReadonlySet<number> = new Set([
  1, 51, 54, 55, 56, 57, 58, 1040, 1044, 1045, 1046, 1053, 1054, 1142, 1143, 1227, 1290, 1317, 1471, 1792, 1836, 1969,
  2002, 2003, 2006, 2013, 3024,
]);

function isGeneral(code: number): boolean {
  return GENERAL.has(code);
}
