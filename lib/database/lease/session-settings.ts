import type { Setting } from '../pinning/classification.js';

/** More settings, or longer ones in total, pin the session. */
const MAX_SETTINGS = 64;
const MAX_TEXT = 16_384;

/** What sets the settings of a session on another connection. */
export interface Replay {
  /** Statements of their own, in order. */
  readonly statements: readonly string[];
  /** Assignments for one SET behind them. */
  readonly assignments: readonly string[];
  /** `collation_connection` behind it; undefined if it is not one of the settings. */
  readonly collation: string | undefined;
  /** The character sets are to be asked for. */
  readonly changesCharset: boolean;
}

/**
 * The settings of a session, as the texts that set them, the last one of each. They are replayed in their order on each
 * connection that the session gets, so that the session need not keep one.
 */
export class SessionSettings {
  #settings = new Map<string, Setting>();
  /** `collation_connection` as MySQL has reported it, in place of the texts that have set it. */
  #collation: string | undefined;

  /** The schema of USE. */
  get schema(): string | undefined {
    return this.#settings.get('schema ')?.text;
  }

  /** There are any. */
  get any(): boolean {
    return this.#settings.size > 0;
  }

  has(name: string): boolean {
    return this.#settings.has(`variable ${name}`);
  }

  /** Records what a statement has set. @returns false if it cannot be replayed together with the others */
  record(settings: readonly Setting[]): boolean {
    for (const setting of settings) this.#add(setting);
    const all = [...this.#settings.values()];
    if (this.schema !== undefined && all.some(({ needsSchema }) => needsSchema)) return false;
    return all.length <= MAX_SETTINGS && all.reduce((sum, { text }) => sum + text.length, 0) <= MAX_TEXT;
  }

  /** The session leaves a connection on which it has this `collation_connection`. */
  noteCollation(collation: string): void {
    if (this.#of('charset').length > 0) this.#collation = collation;
  }

  /** They could not be replayed, or have been lost with a connection. */
  clear(): void {
    this.#settings = new Map();
    this.#collation = undefined;
  }

  get replay(): Replay {
    const { schema } = this;
    const use = schema === undefined ? [] : [`USE \`${schema.replaceAll('`', '``')}\``];
    const charset = this.#of('charset');
    const connection = this.#collation === undefined ? charset : [`collation_connection = ${this.#collation}`];
    return {
      statements: [...use, ...this.#of('transaction')],
      assignments: [...(charset.length > 0 ? connection : []), ...this.#of('results', 'variable')],
      collation: this.#collation,
      changesCharset: charset.length > 0 && this.#collation === undefined,
    };
  }

  #add(setting: Setting): void {
    const { kind, key, text } = setting;
    if (kind === 'charset') this.#collation = undefined;
    // It sets all others too.
    if (kind === 'charset' && key === 'names') this.#drop('charset', 'results');
    const id = `${kind} ${key}`;
    this.#settings.delete(id);
    if (text !== '') this.#settings.set(id, setting);
  }

  #drop(...kinds: readonly Setting['kind'][]): void {
    for (const [id, { kind }] of [...this.#settings]) if (kinds.includes(kind)) this.#settings.delete(id);
  }

  #of(...kinds: readonly Setting['kind'][]): string[] {
    return [...this.#settings.values()].filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);
  }
}
