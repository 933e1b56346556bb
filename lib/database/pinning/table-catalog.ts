import type { DatabaseHost } from '../connections/database-host.js';
import { type Classification, classify } from './classify.js';
import type { PinReason } from './pin-reason.js';
import { STATE, type StateSet } from './state-set.js';
import type { TableName } from './table-names.js';

/** What a statement does to session state through a table: through a view, a trigger or the default of a column. */
interface TableEffects {
  readonly pinReason: PinReason | undefined;
  readonly reads: StateSet;
}

interface Uses {
  /** When rows are read. */
  readonly reading: TableEffects;
  /** When rows are changed. */
  readonly changing: TableEffects;
}

type LookUpRow = readonly (string | null)[];

/** A table that waits for the next query. */
interface LookUp {
  readonly table: TableName;
  /** @param rows undefined if the query failed */
  readonly answer: (rows: readonly LookUpRow[] | undefined) => void;
}

interface Entry {
  readonly uses: Promise<Uses>;
  /** Once it has been answered. */
  known: Uses | undefined;
  readonly since: number;
}

/** Milliseconds after which a table is asked for again: other programs can change it. */
const MAX_AGE = 60_000;

/** The maximum number of tables that are remembered. */
const MAX_ENTRIES = 10_000;

/** Views can use views. */
const MAX_DEPTH = 5;

/** The maximum number of tables that wait to be looked up; the others are unknown. */
const MAX_WAITING = 1000;

/** The maximum number of tables in one query. */
const MAX_BATCH = 100;

const NO_EFFECTS: TableEffects = { pinReason: undefined, reads: STATE.none };
const UNKNOWN_EFFECTS: TableEffects = { pinReason: 'unknown table', reads: STATE.none };

/** The table could not be looked up. */
const UNKNOWN: Uses = { reading: UNKNOWN_EFFECTS, changing: UNKNOWN_EFFECTS };

/**
 * Knows which views, triggers and column defaults may read or change session state, of which the text of a statement
 * that uses them shows nothing. They are looked up in information_schema, once a minute for each table, with one query
 * at a time.
 */
export class TableCatalog {
  /** One for each host, for all sessions: a replica may have other tables for some time. */
  static readonly #catalogs = new WeakMap<DatabaseHost, TableCatalog>();

  readonly #host: DatabaseHost;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting: LookUp[] = [];
  #asking = false;

  private constructor(host: DatabaseHost) {
    this.#host = host;
  }

  static of(host: DatabaseHost): TableCatalog {
    const known = TableCatalog.#catalogs.get(host);
    if (known) return known;
    const catalog = new TableCatalog(host);
    TableCatalog.#catalogs.set(host, catalog);
    return catalog;
  }

  /** Returns the classification with what the tables do; a promise while they are looked up. Never rejects. */
  classify(statement: Classification): Classification | Promise<Classification> {
    const { tables, changesRows } = statement;
    let known = NO_EFFECTS;
    let pending: Promise<Uses>[] | undefined;
    for (const table of tables) {
      const entry = this.#entryOf(table, 0);
      if (entry.known) {
        known = together(known, changesRows ? entry.known.changing : entry.known.reading);
      } else {
        pending ??= [];
        pending.push(entry.uses);
      }
    }
    if (pending === undefined) return withEffects(statement, known);
    return Promise.all(pending).then((found) => {
      const effects = found.map(({ changing, reading }) => (changesRows ? changing : reading));
      return withEffects(statement, effects.reduce(together, known));
    });
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
    const entry: Entry = { uses: this.#lookUp(table, depth), known: undefined, since: now };
    this.#entries.set(key, entry);
    void entry.uses.then((uses) => {
      if (uses !== UNKNOWN) entry.known = uses;
      else if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }

  async #lookUp(table: TableName, depth: number): Promise<Uses> {
    if (this.#waiting.length >= MAX_WAITING) return UNKNOWN;
    const rows = await new Promise<readonly LookUpRow[] | undefined>((answer) => {
      this.#waiting.push({ table, answer });
      void this.#ask();
    });
    return rows === undefined ? UNKNOWN : this.#uses(rows, depth);
  }

  /** Asks for all tables that wait. Never rejects. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    // The other tables of the statement come first.
    await undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      const query = batch.map(({ table }, i) => lookUpStatement(table, i)).join(' UNION ALL ');
      const rows = await this.#host.ask(query).catch(() => undefined);
      for (const [i, { answer }] of batch.entries()) answer(rows?.filter(([table]) => table === String(i)));
    }
    this.#asking = false;
  }

  async #uses(rows: readonly LookUpRow[], depth: number): Promise<Uses> {
    let reading = NO_EFFECTS;
    let changing = NO_EFFECTS;
    for (const [, kind, text] of rows) {
      if (kind === 'trigger') changing = together(changing, { pinReason: 'trigger', reads: STATE.none });
      else if (kind === 'column') changing = together(changing, defaultEffects(text ?? ''));
      else if (kind === 'escaped column') changing = together(changing, defaultEffects(unescaped(text ?? '')));
      else reading = together(reading, await this.#viewEffects(text ?? '', depth));
    }
    return { reading, changing: together(reading, changing) };
  }

  /** @param definition '' if the account has no privilege to see it */
  async #viewEffects(definition: string, depth: number): Promise<TableEffects> {
    const { pinReason, reads, tables } = classify(definition);
    const own: TableEffects = { pinReason: pinReason || reads !== STATE.none ? 'view' : undefined, reads };
    if (depth >= MAX_DEPTH) return { pinReason: 'view', reads };
    const used = await Promise.all(tables.map((table) => this.#entryOf(table, depth + 1).uses));
    const effects = used.reduce((effects, { reading }) => together(effects, reading), own);
    return { pinReason: effects.pinReason && 'view', reads: effects.reads };
  }
}

/** @param expressions the default and the generated value of a column */
function defaultEffects(expressions: string): TableEffects {
  const { pinReason, reads } = classify(`select ${expressions}`);
  return { pinReason: pinReason || reads !== STATE.none ? 'column default' : undefined, reads };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}

function withEffects(statement: Classification, effects: TableEffects): Classification {
  if (effects === NO_EFFECTS) return statement;
  return { ...statement, ...together(statement, effects) };
}

function together(a: TableEffects, b: TableEffects): TableEffects {
  if (b === NO_EFFECTS) return a;
  return { pinReason: a.pinReason ?? b.pinReason, reads: a.reads | b.reads };
}

/**
 * MySQL returns the expressions of columns with backslashes in front of quotes.
 *
 * @param i what the rows of the table begin with
 */
function lookUpStatement({ schema, name }: TableName, i: number): string {
  // Literals of constants, which the optimizer of information_schema needs to open only one table.
  const inSchema = schema === undefined ? 'DATABASE()' : literal(schema);
  const table = literal(name);
  return (
    `SELECT ${i}, 'view', view_definition FROM information_schema.views WHERE table_schema = ${inSchema} ` +
    `AND table_name = ${table} UNION ALL ` +
    `SELECT ${i}, 'trigger', '' FROM information_schema.triggers WHERE event_object_schema = ${inSchema} ` +
    `AND event_object_table = ${table} UNION ALL ` +
    `SELECT ${i}, IF(VERSION() LIKE '%MariaDB%', 'column', 'escaped column'), ` +
    `CONCAT_WS(', ', NULLIF(column_default, ''), NULLIF(generation_expression, '')) ` +
    `FROM information_schema.columns WHERE table_schema = ${inSchema} AND table_name = ${table} ` +
    "AND (column_default LIKE '%(%' OR generation_expression > '')"
  );
}

function literal(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;
}
