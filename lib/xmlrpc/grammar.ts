import { DecodingError } from './codec-error.js';
import { SCALARS, type ScalarParser } from './scalars.js';

/**
 * The state of an open element: which tags may follow. `CallBuilder` moves from state to state, so that the grammar is
 * defined only here.
 */
export interface State {
  readonly tag: string;
  /** By the tag of a child that is allowed here. */
  readonly children: ReadonlyMap<string, Step>;
  /** The same by the first letter of the tag, as a character code. */
  readonly byLetter: readonly (readonly Step[] | undefined)[];
  /** Its closing tag. */
  readonly close: string;
  /** Whether text is content, and not white space between tags. */
  readonly textual: boolean;
  /** The most characters that its text may have. */
  readonly longest: number;
  /** Why the element cannot be closed yet. */
  readonly missing: string | undefined;
  /** What begins with the element: a `value` is one in another. */
  readonly begins: 'array' | 'struct' | 'value' | undefined;
  /** Reads the text of a scalar. */
  readonly parse: ScalarParser | undefined;
  /** It has all the children that it may have. */
  readonly isFull: boolean;
}

/** From an element to a child. */
export interface Step {
  /** The initial state of the child. */
  readonly child: State;
  /** The state of this element after the child. */
  readonly next: State;
}

/** The most characters of a name, and of a value that is not text or bytes. Its text is read at once. */
export const MAX_TEXT = 1024 * 1024;

/** The elements with text of any length. */
const LONG: ReadonlySet<string> = new Set(['value', 'string', 'base64']);

class MutableState implements State {
  readonly tag: string;
  readonly children = new Map<string, Step>();
  readonly byLetter: Step[][] = [];
  readonly close: string;
  readonly textual: boolean;
  readonly longest: number;
  readonly missing: string | undefined;
  readonly begins: State['begins'];
  readonly parse: ScalarParser | undefined;
  readonly isFull: boolean;

  constructor(tag: string, { textual = false, missing, begins, parse, isFull = false }: Partial<State>) {
    this.tag = tag;
    this.close = `</${tag}>`;
    this.textual = textual;
    this.longest = LONG.has(tag) ? Number.POSITIVE_INFINITY : MAX_TEXT;
    this.missing = missing;
    this.begins = begins;
    this.parse = parse;
    this.isFull = isFull;
  }
}

function state(tag: string, options: Partial<State> = {}): MutableState {
  return new MutableState(tag, options);
}

/** The state of an element that may have no more children. */
function full(tag: string): State {
  return state(tag, { isFull: true });
}

function allow(parent: MutableState, child: State, next: State): void {
  const step = { child, next };
  const letter = child.tag.charCodeAt(0);
  parent.children.set(child.tag, step);
  parent.byLetter[letter] = [...(parent.byLetter[letter] ?? []), step];
}

/** The state outside the document element. */
export const DOCUMENT = state('');

// http://xmlrpc.com/spec.md, and what has the same meaning: the tags that only enclose others (`params`, `param`,
// `data`, `member` and `value`) may be left out, a `value` may enclose a `value`, and `params` may come first. R's,
// Ada's and other clients leave some out. Python's decoder looks at none of them.
const methodCall = state('methodCall', { missing: 'there is no <methodName>' });
const methodName = state('methodName', { textual: true });
const unnamed = state('methodCall', { missing: 'there is no <methodName>' });
const named = state('methodCall');
const enclosed = state('methodCall');
const params = state('params');
const param = state('param', { missing: '<param> without <value>' });
const value = state('value', { textual: true });
const innerValue = state('value', { textual: true, begins: 'value' });
const array = state('array', { begins: 'array' });
const items = state('array');
const data = state('data');
const struct = state('struct', { begins: 'struct' });
const structNamed = state('struct', { missing: '<name> without <value>' });
const member = state('member', { missing: '<member> without <name>' });
const memberNamed = state('member', { missing: '<member> without <value>' });
const name = state('name', { textual: true });

const TYPES: readonly State[] = [
  array,
  struct,
  ...[...SCALARS].map(([tag, parse]) => state(tag, { textual: true, parse })),
];

/** Allows a value, with or without `<value>` around it. */
function allowValue(parent: MutableState, next: State, child: State = value): void {
  for (const type of [child, ...TYPES]) allow(parent, type, next);
}

allow(DOCUMENT, methodCall, state(''));
allow(methodCall, methodName, named);
allow(methodCall, params, unnamed);
allow(unnamed, methodName, full('methodCall'));
allow(named, params, full('methodCall'));
allow(named, param, enclosed);
allowValue(named, enclosed);
allow(enclosed, param, enclosed);
allowValue(enclosed, enclosed);
allow(params, param, params);
allowValue(params, params);
allowValue(param, full('param'));
allowValue(value, full('value'), innerValue);
allowValue(innerValue, full('value'), innerValue);
allow(array, data, full('array'));
allowValue(array, items);
allowValue(items, items);
allowValue(data, data);
allow(struct, member, struct);
allow(struct, name, structNamed);
allowValue(structNamed, struct);
allow(member, name, memberNamed);
allowValue(memberNamed, full('member'));

/** The tags of values: `value`, and the types. */
export const VALUES: ReadonlySet<string> = new Set(data.children.keys());

/** All tags of calls. */
export const TAGS: ReadonlySet<string> = new Set([
  ...VALUES,
  ...[methodCall, methodName, params, param, data, member, name].map(({ tag }) => tag),
]);

/** Returns the error of a tag that cannot be opened in an element. */
export function misplaced(tag: string, { tag: parent, children, isFull }: State): DecodingError {
  const name = `<${tag.slice(0, 40)}>`;
  if (parent === '') return new DecodingError(`expected <methodCall>, found ${name}`);
  if (isFull && CONTAINERS.has(parent)) return new DecodingError(`duplicate ${name} in <${parent}>, which has a value`);
  if (isFull) return new DecodingError(`duplicate ${name} in <${parent}>`);
  if (children.has('methodName')) return new DecodingError(`${name} before <methodName>`);
  if (children.has('name') && VALUES.has(tag)) return new DecodingError(`${name} before <name>`);
  return new DecodingError(`unexpected ${name} in <${parent}>`);
}

/** Elements that enclose one value. */
const CONTAINERS = new Set(['param', 'value', 'member']);
