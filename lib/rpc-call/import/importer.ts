import { Fault } from '../failure.js';
import type { Batch } from './batch.js';
import type { ImportSession, RefusedRow } from './import-session.js';

/** Imports batches of rows: all of them or none, or those that can be. */
export interface Importer {
  /** The number of rows that are in the table, or will be with the commit. */
  readonly imported: number;
  /** @throws {Fault} if nothing behind the batch can be imported */
  insert(batch: Batch): Promise<void>;
  /** Makes the rows last. */
  commit(): Promise<void>;
}

/** Lets a statement that fails leave the rows before it. */
const SAVEPOINT = 'savepoint rpc_call_import';
const BACK = 'rollback to savepoint rpc_call_import';

/** Imports all rows in one transaction, or none. */
export class AtomicImporter implements Importer {
  readonly #session: ImportSession;
  readonly #transactional: boolean;
  imported = 0;

  /** @param transactional whether the table has transactions; without, the rows before one that fails stay */
  constructor(session: ImportSession, transactional: boolean) {
    this.#session = session;
    this.#transactional = transactional;
  }

  async insert(batch: Batch): Promise<void> {
    if (this.#transactional) {
      try {
        await this.#session.insert(batch, this.imported === 0 ? 'begin' : SAVEPOINT);
        this.imported += batch.lines.length;
        return;
      } catch (error) {
        if (!(error instanceof Fault) || isGeneral(error.code)) throw error;
        await this.#back(batch, error);
      }
    }
    const [refused] = await this.#session.insertSingly(batch, false);
    if (refused) {
      if (!this.#transactional) this.imported += batch.lines.indexOf(refused.line);
      throw new Fault(refused.fault.code, refused.fault.text, refused.line);
    }
    this.imported += batch.lines.length;
  }

  async commit(): Promise<void> {
    await this.#session.run('commit');
  }

  /** Undoes a batch that failed, so that it is repeated row by row to find the one that MySQL refuses. */
  async #back(batch: Batch, error: Fault): Promise<void> {
    try {
      if (this.imported === 0) {
        await this.#session.run('rollback');
        await this.#session.run('begin');
      } else {
        await this.#session.run(BACK);
      }
    } catch (failed) {
      // The transaction is gone, as after a deadlock.
      if (failed instanceof Fault) throw new Fault(error.code, `${batch.place}: ${error.text}`);
      throw failed;
    }
  }
}

/** Imports each batch in a transaction of its own, and the rows of one that fails one by one. */
export class PartialImporter implements Importer {
  readonly #session: ImportSession;
  readonly #transactional: boolean;
  readonly #refuse: (row: RefusedRow) => void;
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

  async commit(): Promise<void> {}

  async #singly(batch: Batch): Promise<RefusedRow[]> {
    if (!this.#transactional) return this.#inOrder(await this.#session.insertSingly(batch, true));
    await this.#session.run('begin');
    const refused = await this.#session.insertSingly(batch, true);
    // A deadlock has rolled back the rows before it as well.
    if (refused.some(({ fault }) => fault.code === DEADLOCK)) {
      await this.#session.run('rollback');
      return this.#inOrder(await this.#session.insertSingly(batch, true));
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
