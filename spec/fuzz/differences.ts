import type { Decoded, Typed } from './python-decoder.js';

/** What the two decoders make of a document. */
export interface Comparison {
  /** The document as Python gets it, in Latin-1. */
  readonly document: string;
  /** The text of an error is without its position. */
  readonly ours: Decoded;
  readonly theirs: Decoded;
  /** The version of Python. */
  readonly python: string;
}

/** Such as "utf--8": Python knows it, but gives Expat a table of single bytes for it. */
const UTF_8_BY_ANOTHER_NAME = /^<\?xml[^>]*encoding=(["'])(?!utf-8\1)utf[-_ ]*8\1[^>]*>.*[\u0080-\u00ff]/is;

/**
 * The intended differences from Python's decoder, by the names that they have in differences.md, with the reason of
 * each. The first that applies counts.
 */
export const DIFFERENCES: Readonly<Record<string, (comparison: Comparison) => boolean>> = {
  'Text beside tags': refused(/^text in </),
  'Tags that XML-RPC does not have': refused(/XML-RPC has no such tag$/),
  'Another root element': refused(/^expected <methodCall>, found </),
  'Several values in a tag': refused(/^duplicate <.*> in </),
  'Tags in other places': refused(/^unexpected <[^>]*> in <[^>]*>$|^<[^>]*> (?:before|without) </),
  'Numbers that are too large': refused(/^(?:integer|double|decimal) .* is out of (?:range|the range of \d+ bits)$/),
  "Python's forms of numbers": refused(/^invalid (?:integer|double|decimal) ".*(?:_|[^ -~]|nan|inf|e\+?\d).*"$/is),
  'Other characters in base64': refused(/^invalid base64$/),
  'Text that is no date': refused(/^(?:invalid )?dateTime\.iso8601 "/),
  'Text in nil': refused(/^nil must be empty$/),
  'A method without a name': refused(/^invalid method name: it is empty$/),
  Limits: refused(
    /^arrays and structs nest|^more than \d+ (?:tags are open|attributes)|more than \d+ (?:members|characters)$/,
  ),
  DOCTYPE: refused(/^a DOCTYPE is not allowed$|doctype declaration$/),
  'Versions of XML': refused(/version number must match/),
  Encodings: ({ document, ours, theirs }) =>
    (isError(ours) && /^unsupported encoding|^the body is not valid/.test(ours.error)) ||
    (isError(theirs) && (/unknown encoding|encoding/.test(theirs.error) || UTF_8_BY_ANOTHER_NAME.test(document))),
  'Bytes above 127 in US-ASCII': ({ document, theirs }) =>
    isError(theirs) && /^<\?xml[^>]*(?:ascii|646)/i.test(document) && /[\u0080-\u00ff]/.test(document),
  'Letters in names of XML': ({ document, theirs }) => isError(theirs) && /<[?\w][^<>]*[\u0080-\u00ff]/.test(document),
  'Types that Python does not know': ({ document, python }) =>
    (python.startsWith('2.') ? OF_PYTHON_3 : /<(?:\w+:)?dateTime\b(?!\.)/).test(document),
  Booleans: accepted(/bad boolean value/),
  'Integers with an exponent': accepted(/invalid literal for (?:int|long)|Exceeds the limit/),
  'White space around the name of a method': ({ ours, theirs }) =>
    !isError(ours) &&
    !isError(theirs) &&
    ours.methodName !== theirs.methodName &&
    ours.methodName === theirs.methodName.trim(),
  'The form of dates': ({ ours, theirs }) =>
    !isError(ours) && !isError(theirs) && compare(ours.params, theirs.params) === 'date',
};

/** Tags of Apache's types. */
const OF_PYTHON_3 = /<(?:\w+:|i[12]\b|float|big|dateTime\b(?!\.))/;

function refused(text: RegExp): (comparison: Comparison) => boolean {
  return ({ ours, theirs }) => isError(ours) && !isError(theirs) && text.test(ours.error);
}

function accepted(error: RegExp): (comparison: Comparison) => boolean {
  return ({ ours, theirs }) => !isError(ours) && isError(theirs) && error.test(theirs.error);
}

export function isError(decoded: Decoded): decoded is { readonly error: string } {
  return 'error' in decoded;
}

/** Whether two decoders make the same of a document. */
export function areEqual(ours: Decoded, theirs: Decoded): boolean {
  if (isError(ours) || isError(theirs)) return isError(ours) && isError(theirs);
  return ours.methodName === theirs.methodName && compare(ours.params, theirs.params) === 'same';
}

type Verdict = 'same' | 'date' | 'other';

/** Whether values are the same, or differ in the form of dates only. */
function compare(ours: readonly Typed[] | null, theirs: readonly Typed[] | null): Verdict {
  if (ours === null || theirs === null || ours.length !== theirs.length) return 'other';
  return worst(ours.map((value, index) => compareValue(value, theirs[index])));
}

function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes('other') ? 'other' : verdicts.includes('date') ? 'date' : 'same';
}

function compareValue(ours: Typed, theirs: Typed | undefined): Verdict {
  if (!isTyped(ours) || !isTyped(theirs)) return ours === theirs ? 'same' : 'other';
  const [type, value] = numeral(ours);
  const [theirType, theirValue] = numeral(theirs);
  if (type !== theirType || value === undefined || theirValue === undefined) return 'other';
  if (type === 'date') return compareDates(String(value), theirs as readonly ['date', string, (string | null)?]);
  if (type === 'array') return compare(value as readonly Typed[], theirValue as readonly Typed[]);
  if (type === 'struct') return compareStructs(value as Members, theirValue as Members);
  if (type === 'double') return Object.is(double(String(value)), double(String(theirValue))) ? 'same' : 'other';
  return value === theirValue ? 'same' : 'other';
}

function isTyped(value: Typed | undefined): value is Exclude<Typed, null | boolean> {
  return typeof value === 'object' && value !== null;
}

/** Large integers are decimals here, and decimals of Python without a point are integers. */
function numeral(value: readonly [string, unknown, unknown?]): readonly [string, unknown] {
  const [type, text] = value;
  if ((type !== 'integer' && type !== 'decimal') || !/^-?\d+$/.test(String(text))) return [type, text];
  return ['integer', String(BigInt(String(text)))];
}

function double(text: string): number {
  return Number(text.replace(/inf(?:inity)?/i, 'Infinity'));
}

/** Python keeps the text of a date, and knows what most texts mean. */
function compareDates(ours: string, [, text, meaning]: readonly ['date', string, (string | null)?]): Verdict {
  if (ours === text) return 'same';
  return typeof meaning !== 'string' || meaning === ours ? 'date' : 'other';
}

type Members = readonly (readonly [Typed, Typed])[];

function compareStructs(ours: Members, theirs: Members): Verdict {
  if (ours.length !== theirs.length) return 'other';
  const names = new Map(theirs.map(([name, member]) => [JSON.stringify(name), member]));
  return worst(ours.map(([name, member]) => compareValue(member, names.get(JSON.stringify(name)))));
}
