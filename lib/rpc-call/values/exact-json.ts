import { LosslessNumber, parse, stringify } from 'lossless-json';

/** A number of JSON in digits of which a double would lose some. */
export { LosslessNumber as ExactNumber };

/** What may be a number that a double cannot represent, or a string with as many digits. */
const MANY_DIGITS = /\d(?:\.?\d){15}/;

/** Parses JSON. Numbers are doubles only if these keep all their digits. @throws {SyntaxError} */
export function parseExactJson(text: string): unknown {
  // Node's parser is ten times as fast, and rounds.
  return MANY_DIGITS.test(text) ? parse(text, undefined, numberOf) : JSON.parse(text);
}

/** The reverse. */
export function exactJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

function numberOf(digits: string): number | LosslessNumber {
  return MANY_DIGITS.test(digits) ? new LosslessNumber(digits) : Number(digits);
}
