import type { ConnectionPool } from '../connections/connection-pool.js';
import { type Classification, classify, isStatelessExpression } from './classify.js';
import type { PinReason } from './pin-reason.js';
import type { TableName } from './table-names.js';

/** What using a table runs besides the statement, if that may change session state. */
interface TableEffects {
  /** When rows are read. */
  readonly reading: PinReason | undefined;
  /** When rows are changed. */
  readonly changing: PinReason | undefined;
}

interface Entry {
  readonly effects: Promise<TableEffects>;
  /** Once it has been answered. */
  known: TableEffects | undefined;
  readonly since: number;
}

/** Milliseconds after which a table is asked for again: other programs can change it. */
const MAX_AGE = 60_000;

/** The maximum number of tables that are remembered. */
const MAX_ENTRIES = 10_000;

/** Views can use views. */
const MAX_DEPTH = 5;

const NO_EFFECTS: TableEffects = { reading: undefined, changing: undefined };

/**
 * Knows which views, triggers and column defaults may change session state: a statement that uses them pins, although
 * its text shows nothing of it. They are looked up in information_schema, once a minute for each table, while the
 * statement runs.
 */
export class TableCatalog {
  /** One for each pool, for all sessions. */
  static readonly #catalogs = new WeakMap<ConnectionPool, TableCatalog>();

  readonly #pool: ConnectionPool;
  readonly #entries = new Map<string, Entry>();

  private constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  static of(pool: ConnectionPool): TableCatalog {
    const catalog = TableCatalog.#catalogs.get(pool) ?? new TableCatalog(pool);
    TableCatalog.#catalogs.set(pool, catalog);
    return catalog;
  }

  /** Returns why the use of a statement's tables pins; a promise while that is being looked up. Never rejects. */
  pinReason({ tables, changesRows }: Classification): PinReason | undefined | Promise<PinReason | undefined> {
    let pending: Promise<TableEffects>[] | undefined;
    for (const table of tables) {
      const entry = this.#entryOf(table, 0);
      if (entry.known === undefined) {
        pending ??= [];
        pending.push(entry.effects);
      } else {
        const reason = changesRows ? entry.known.changing : entry.known.reading;
        if (reason !== undefined) return reason;
      }
    }
    return pending && firstReason(pending, changesRows);
  }

  /** Forgets all tables, because a statement has changed some. */
  forget(): void {
    this.#entries.clear();
  }

  #entryOf(table: TableName, depth: number): Entry {
    const key = `${table.schema ?? ''}\0${table.name}`;
    const found = this.#entries.get(key);
    const now = performance.now();
    if (found && now - found.since < MAX_AGE) return found;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    const entry: Entry = { effects: this.#lookUp(table, depth), known: undefined, since: now };
    this.#entries.set(key, entry);
    void entry.effects.then((effects) => {
      entry.known = effects;
    });
    return entry;
  }

  async #lookUp(table: TableName, depth: number): Promise<TableEffects> {
    try {
      return await this.#effects(await this.#pool.ask(lookUpStatement(table)), depth);
    } catch {
      this.forget();
      return { reading: 'unknown table', changing: 'unknown table' };
    }
  }

  async #effects(rows: (string | null)[][], depth: number): Promise<TableEffects> {
    let { reading, changing } = NO_EFFECTS;
    for (const [kind, text] of rows) {
      if (kind === 'trigger') {
        changing ??= 'trigger';
      } else if (kind === 'column') {
        if (!isStatelessExpression(text ?? '')) changing ??= 'column default';
      } else {
        reading ??= await this.#viewReason(text ?? '', depth);
        changing ??= reading;
      }
    }
    return { reading, changing };
  }

  /** @param definition '' if the account has no privilege to see it */
  async #viewReason(definition: string, depth: number): Promise<PinReason | undefined> {
    const { pinReason, reads, tables } = classify(definition);
    if (pinReason !== undefined || Object.values(reads).includes(true) || depth >= MAX_DEPTH) return 'view';
    const used = await Promise.all(tables.map((table) => this.#entryOf(table, depth + 1).effects));
    return used.some(({ reading }) => reading !== undefined) ? 'view' : undefined;
  }
}

async function firstReason(
  pending: readonly Promise<TableEffects>[],
  changesRows: boolean,
): Promise<PinReason | undefined> {
  for (const { reading, changing } of await Promise.all(pending)) {
    const reason = changesRows ? changing : reading;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Literals of constants, which the optimizer of information_schema needs to open only one table. */
function lookUpStatement({ schema, name }: TableName): string {
  const inSchema = schema === undefined ? 'DATABASE()' : literal(schema);
  const table = literal(name);
  return (
    `SELECT 'view', view_definition FROM information_schema.views WHERE table_schema = ${inSchema} ` +
    `AND table_name = ${table} UNION ALL ` +
    `SELECT 'trigger', '' FROM information_schema.triggers WHERE event_object_schema = ${inSchema} ` +
    `AND event_object_table = ${table} UNION ALL ` +
    "SELECT 'column', CONCAT_WS(', ', NULLIF(column_default, ''), NULLIF(generation_expression, '')) " +
    `FROM information_schema.columns WHERE table_schema = ${inSchema} AND table_name = ${table} ` +
    "AND (column_default LIKE '%(%' OR generation_expression > '')"
  );
}

function literal(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;
}
