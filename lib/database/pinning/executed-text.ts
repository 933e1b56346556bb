import { SqlLexer, TOKEN } from '../sql/sql-lexer.js';
import type { Classification } from './classification.js';
import { DOUBTFUL, ROW_COUNT, STATE, type StateSet } from './state-set.js';

/** A longer text is not read by its tokens. */
const MAX_TEXT = 65_536;

/**
 * Adds the names of the text in `EXECUTE IMMEDIATE 'text'` and `PREPARE p FROM 'text'`.
 *
 * @returns the session state that the text may read
 */
export function executedReads(sql: string, names: Set<string>, classify: (sql: string) => Classification): StateSet {
  if (!/^\s*(?:execute\s+immediate|prepare)\b/i.test(sql)) return STATE.none;
  const text = executedText(sql);
  // PREPARE sets ROW_COUNT() itself.
  if (text === undefined) return /^\s*prepare\b/i.test(sql) ? DOUBTFUL & ~ROW_COUNT : DOUBTFUL;
  const executed = classify(text);
  for (const name of executed.names) names.add(name);
  return executed.reads;
}

/** Returns the text if it is a literal that means the same in every sql_mode. */
function executedText(sql: string): string | undefined {
  if (sql.length > MAX_TEXT) return undefined;
  const lexer = new SqlLexer(sql);
  let text: string | undefined;
  let isNext = false;
  for (let kind = lexer.next(); kind !== TOKEN.END; kind = lexer.next()) {
    const word = kind === TOKEN.WORD ? lexer.text.toLowerCase() : '';
    const isText = kind === TOKEN.STRING || (kind === TOKEN.QUOTED && lexer.text.startsWith('"'));
    if (isNext && isText) {
      const quote = lexer.text.charAt(0);
      text = lexer.text.slice(1, -1).replaceAll(quote + quote, quote);
      if (text.includes('\\')) return undefined;
    } else if (isNext || (text !== undefined && isText)) {
      return undefined;
    } else if (text !== undefined && word !== 'using' && lexer.symbol !== ';') {
      return undefined;
    }
    if (text !== undefined && word === 'using') return text;
    isNext = text === undefined && (word === 'immediate' || word === 'from');
  }
  return text;
}
