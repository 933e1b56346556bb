/** A statement is read only up to this length. Dumps set the character set by short ones. */
const MAX_LENGTH = 200;

const SETTING = /\bset\s+(names|character_set_client|character\s+set|charset)\b\s*=?\s*(@*)['"]?(\w+)/i;

const UTF_8: ReadonlySet<string> = new Set(['utf8', 'utf8mb3', 'utf8mb4', 'binary', 'default']);

/** The character set of the strings of a script, as its statements say. */
export class ScriptCharset {
  /** That of SET NAMES. */
  #names = 'utf8mb4';
  /** That of character_set_client, until a variable restores it. */
  #client: string | undefined;

  get name(): string {
    return this.#client ?? this.#names;
  }

  get isUtf8(): boolean {
    return UTF_8.has(this.name);
  }

  read(sql: string): void {
    if (sql.length > MAX_LENGTH) return;
    const [, setting = '', variable = '', value = ''] = SETTING.exec(sql) ?? [];
    if (setting === '') return;
    const charset = variable === '' ? value.toLowerCase() : undefined;
    if (setting.toLowerCase() === 'character_set_client') this.#client = charset;
    else if (charset !== undefined) [this.#names, this.#client] = [charset, undefined];
  }
}
