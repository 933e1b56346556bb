import type { ResponseValue } from '../values/response-value.js';
import { valueText } from '../values/value-text.js';

/** More would take too long to complete, and too much memory. */
const MAX_NAMES = 100_000;

const DATABASES = 'select schema_name from information_schema.schemata';
const TABLES = `select table_schema, table_name from information_schema.tables limit ${MAX_NAMES}`;
const COLUMNS = `select table_name, column_name from information_schema.columns where table_schema = %s
order by table_name, ordinal_position limit ${MAX_NAMES}`;

/** Runs a query outside the session of the prompt. */
export type Ask = (query: string, args: readonly string[]) => Promise<ResponseValue>;

/** The names of a database's tables and columns. They are asked for in the background; until then there are none. */
export class SchemaNames {
  readonly #ask: Ask;
  #current = '';
  #databases: readonly string[] = [];
  /** By the name of their database in lower case, as all maps here. */
  #tables = new Map<string, string[]>();
  /** By database and table. */
  readonly #columns = new Map<string, Map<string, string[]>>();
  /** The databases whose columns have been asked for. */
  readonly #asked = new Set<string>();
  /** Counts how often the names have been asked for, so that late answers do not count. */
  #round = 0;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /**
   * Asks for all names again. Those that are known stay until then.
   *
   * @param current the current database; undefined for the one in which a session begins
   */
  async refresh(current: string | undefined): Promise<void> {
    const round = ++this.#round;
    this.#asked.clear();
    const name = current ?? texts(await this.#rows('select database()', []))[0]?.[0] ?? '';
    if (round !== this.#round) return;
    this.#current = name;
    await Promise.all([this.#readTables(round), this.#readDatabases(round), this.want(name)]);
  }

  /** Asks for the columns of a database, unless that has been done. */
  async want(database: string): Promise<void> {
    const key = database.toLowerCase();
    if (key === '' || this.#asked.has(key)) return;
    this.#asked.add(key);
    const columns = groups(await this.#rows(COLUMNS, [database]));
    if (this.#asked.has(key)) this.#columns.set(key, columns);
  }

  get databases(): readonly string[] {
    return this.#databases;
  }

  /** @param database the current one by default */
  tables(database = this.#current): readonly string[] {
    return this.#tables.get(database.toLowerCase()) ?? [];
  }

  /** The columns of a table, or of all. */
  columns(table?: string, database = this.#current): readonly string[] {
    const tables = this.#columns.get(database.toLowerCase());
    if (table !== undefined) return tables?.get(table.toLowerCase()) ?? [];
    return [...new Set([...(tables?.values() ?? [])].flat())];
  }

  isDatabase(name: string): boolean {
    return this.#databases.some((database) => database.toLowerCase() === name.toLowerCase());
  }

  async #readTables(round: number): Promise<void> {
    const tables = groups(await this.#rows(TABLES, []));
    if (round === this.#round) this.#tables = tables;
  }

  async #readDatabases(round: number): Promise<void> {
    const databases = texts(await this.#rows(DATABASES, [])).flat();
    if (round === this.#round) this.#databases = databases;
  }

  /** Without an answer, there is nothing to complete, and nothing to be told. */
  async #rows(query: string, args: readonly string[]): Promise<ResponseValue> {
    return this.#ask(query, args).catch(() => []);
  }
}

function texts(rows: ResponseValue): string[][] {
  if (!Array.isArray(rows)) return [];
  return rows.map((row) => (Array.isArray(row) ? row.map((value) => valueText(value) ?? '') : []));
}

function groups(rows: ResponseValue): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [group = '', name = ''] of texts(rows)) {
    const key = group.toLowerCase();
    const names = found.get(key);
    if (names) names.push(name);
    else found.set(key, [name]);
  }
  return found;
}
