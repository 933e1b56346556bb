import { TOKEN, type TokenKind } from '../sql/sql-lexer.js';
import { STATE, STATE_VARIABLES, type StateSet } from './state-set.js';

/** Variables that tell of the connection, or of what only a statement of the session can have set on it. */
const OF_CONNECTION = new Set(['pseudo_thread_id', 'insert_id', 'rand_seed1', 'rand_seed2', 'gtid_next']);

const SCOPES = new Set(['@@session', '@@local', '@@global', '@@persist', '@@persist_only']);

/** Reads the variables of a statement, however their names are written. */
export class VariableReader {
  /** It contains user variables. */
  namesUser = false;
  /** The session state that it reads. */
  reads: StateSet = STATE.none;
  /** The beginning of a name that goes on, as in `@@session . x` and in @@`x`. */
  #name = '';

  get isIncomplete(): boolean {
    return this.#name !== '';
  }

  /** @param text of a token, in lower case. @returns false if it pins */
  begin(text: string): boolean {
    if (!text.startsWith('@@')) {
      this.namesUser = true;
      return true;
    }
    if (text !== '@@' && !text.endsWith('.') && !SCOPES.has(text)) return this.#read(text);
    this.#name = text;
    return true;
  }

  /** @param text of the next token, in lower case and without quotes. @returns false if it pins */
  continue(kind: TokenKind, text: string): boolean {
    const name = this.#name;
    this.#name = kind === TOKEN.SYMBOL && text === '.' ? `${name}.` : '';
    if (this.#name !== '') return true;
    if (kind === TOKEN.QUOTED || (kind === TOKEN.WORD && name.endsWith('.'))) return this.#read(text);
    return false;
  }

  #read(name: string): boolean {
    const variable = name.replace(/^.*[.@]/, '');
    this.reads |= STATE_VARIABLES.get(variable) ?? STATE.none;
    return !OF_CONNECTION.has(variable);
  }
}
