/** A table or view that a statement names. */
export interface TableName {
  /** Undefined: in the current schema. */
  readonly schema: string | undefined;
  readonly name: string;
}

/** Words behind which tables are named, until one of the others. */
const BEGINS = new Set('from join straight_join into update table using describe desc explain'.split(' '));

const ENDS = new Set(
  (
    'where on set values value select group order having limit union except intersect window returning for ' +
    'procedure with show'
  ).split(' '),
);

/** Words between the names of tables. */
const BETWEEN = new Set(
  (
    'as left right inner outer cross natural ignore low_priority high_priority delayed quick force use index key ' +
    'partition lateral dual only extended analyze format'
  ).split(' '),
);

/**
 * Collects the names of the tables of a statement, token by token. It also collects aliases and other names that can be
 * in the same places.
 */
export class TableNames {
  readonly found: TableName[] = [];
  /** The number of them outside all parentheses. */
  outside = 0;
  /** Whether tables are named at each level of parentheses, the innermost last. */
  readonly #levels: boolean[] = [false];
  #pointed = false;

  /** The first word of the statement. */
  begin(word: string): void {
    if (word === 'insert' || word === 'replace' || word === 'delete') this.#level = true;
    else this.keyword(word);
  }

  /** Notes a word that may be a keyword. @returns whether it is one */
  keyword(word: string): boolean {
    if (BEGINS.has(word)) this.#level = true;
    else if (ENDS.has(word)) this.#level = false;
    else return BETWEEN.has(word);
    return true;
  }

  name(name: string): void {
    if (!this.#level) return;
    const schema = this.#pointed ? this.found.pop()?.name : undefined;
    if (!this.#pointed && this.#levels.length === 1) this.outside++;
    this.found.push({ schema, name });
    this.#pointed = false;
  }

  point(): void {
    this.#pointed = this.#level && this.found.length > 0;
  }

  /** @param joined whether the parenthesis can contain tables: `from (a, b)` */
  open(joined: boolean): void {
    this.#levels.push(joined && this.#level);
  }

  close(): void {
    if (this.#levels.length > 1) this.#levels.pop();
  }

  /** The last name was that of a function. */
  dropLast(): void {
    if (!this.#level || this.found.length === 0) return;
    this.found.pop();
    if (this.#levels.length === 1) this.outside--;
  }

  get #level(): boolean {
    return this.#levels.at(-1) === true;
  }

  set #level(named: boolean) {
    this.#levels[this.#levels.length - 1] = named;
  }
}
