const BACKSPACES: ReadonlySet<string> = new Set(['\u007f', '\b']);
const CANCELS: ReadonlySet<string> = new Set(['\u0003', '\u0007']);

/** A search for the last statement that contains a text, as Ctrl-R does in `mysql`. */
export class HistorySearch {
  readonly #history: readonly string[];
  #active = false;
  #query = '';
  /** The index of what was found; -1 for the line that was edited before. */
  #index = -1;
  #failed = false;
  #line = '';

  /** @param history the last entry first */
  constructor(history: readonly string[]) {
    this.#history = history;
  }

  get active(): boolean {
    return this.#active;
  }

  /** What stands in place of the prompt. */
  get prompt(): string {
    return `(${this.#failed ? 'failed ' : ''}reverse-i-search)'${this.#query}': `;
  }

  /** The statement that was found, or the line that was edited before. */
  get found(): string {
    return this.#history[this.#index] ?? this.#line;
  }

  /** Where the text is in it. */
  get at(): number {
    return Math.max(0, this.found.lastIndexOf(this.#query));
  }

  /** @param line is edited */
  begin(line: string): void {
    this.#active = true;
    this.#query = '';
    this.#index = -1;
    this.#failed = false;
    this.#line = line;
  }

  end(): void {
    this.#active = false;
  }

  extend(text: string): void {
    this.#query += text;
    if (this.#index < 0 || !this.found.includes(this.#query)) this.#find();
  }

  /** Looks for an older one. */
  next(): void {
    if (this.#query !== '') this.#find();
  }

  /** Takes a control character or another key. Returns whether it is a part of the search; others end it. */
  key(key: string): boolean {
    if (BACKSPACES.has(key)) {
      this.#query = [...this.#query].slice(0, -1).join('');
      this.#index = -1;
      this.#failed = false;
      if (this.#query !== '') this.#find();
      return true;
    }
    this.#active = false;
    if (!CANCELS.has(key)) return false;
    this.#index = -1;
    // Ctrl-C discards the line too.
    return key !== '\u0003';
  }

  #find(): void {
    const { found } = this;
    const index = this.#history.findIndex((entry, i) => {
      return i > this.#index && entry.includes(this.#query) && entry !== found;
    });
    this.#failed = index < 0;
    if (index >= 0) this.#index = index;
  }
}
