import { foldName } from './sql-lexer.js';

const WORDS = /[\w$\u0080-\uffff]+/g;

/** A longer word is no name, and no keyword. */
export const MAX_WORD = 1024;

/** The characters, and the words, that are read before other work has its turn. */
const STEP = 64 * 1024;
const WORD_STEPS = 1000;

/**
 * Adds the words of a text that is not read by its tokens: each of them may be a word or a name of the statement.
 *
 * @param most how many words are read
 */
export function* addUnreadWords(text: string, words: Set<string>, most: number): Generator<void, void> {
  let count = 0;
  for (let at = 0; at < text.length && count <= most; ) {
    const step = text.length > STEP ? text.slice(at, at + STEP) : text;
    let end = step.length;
    for (const { 0: word, index } of step.matchAll(WORDS)) {
      // It may go on in the next step.
      if (index > 0 && index + word.length === step.length && at + step.length < text.length) end = index;
      else if (word.length <= MAX_WORD) words.add(foldName(word));
      if (++count > most) return;
      if (count % WORD_STEPS === 0) yield;
    }
    at += end;
    yield;
  }
}
