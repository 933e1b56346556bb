import { SCALARS } from './scalars.js';

/**
 * The state of an open element: which tags may follow. `CallBuilder` moves from state to state, so that the grammar is
 * defined only here.
 */
export interface State {
  readonly tag: string;
  /** By the tag of a child that is allowed here. */
  readonly children: ReadonlyMap<string, Step>;
  /** Whether text is content, and not white space between tags. */
  readonly textual: boolean;
  /** The most characters that its text may have. */
  readonly longest: number;
  /** Why the element cannot be closed yet. */
  readonly missing: string | undefined;
}

interface Step {
  /** The initial state of the child. */
  readonly child: State;
  /** The state of this element after the child. */
  readonly next: State;
}

/** The most characters of a name, and of a value that is not text or bytes. Its text is read at once. */
export const MAX_TEXT = 1024 * 1024;

/** The elements with text of any length. */
const LONG: ReadonlySet<string> = new Set(['value', 'string', 'base64']);

interface MutableState extends State {
  readonly children: Map<string, Step>;
}

function state(tag: string, { textual = false, missing }: { textual?: boolean; missing?: string } = {}): MutableState {
  return { tag, children: new Map(), textual, missing, longest: LONG.has(tag) ? Number.POSITIVE_INFINITY : MAX_TEXT };
}

function allow(parent: MutableState, child: State, next: State): void {
  parent.children.set(child.tag, { child, next });
}

/** The state outside the document element. */
export const DOCUMENT = state('');

// http://xmlrpc.com/spec.md: `methodCall` has a name and optional `params`; a `member` has a name and then a value.
const methodCall = state('methodCall', { missing: 'there is no <methodName>' });
const methodName = state('methodName', { textual: true });
const named = state('methodCall');
const params = state('params');
const param = state('param', { missing: '<param> without <value>' });
const value = state('value', { textual: true });
const array = state('array', { missing: '<array> without <data>' });
const data = state('data');
const struct = state('struct');
const member = state('member', { missing: '<member> without <name>' });
const name = state('name', { textual: true });
const memberNamed = state('member', { missing: '<member> without <value>' });

allow(DOCUMENT, methodCall, state(''));
allow(methodCall, methodName, named);
allow(named, params, state('methodCall'));
allow(params, param, params);
allow(param, value, state('param'));
allow(value, array, state('value'));
allow(value, struct, state('value'));
allow(array, data, state('array'));
allow(data, value, data);
allow(struct, member, struct);
allow(member, name, memberNamed);
allow(memberNamed, value, state('member'));
for (const tag of SCALARS.keys()) allow(value, state(tag, { textual: true }), state('value'));

/** All tags of calls. */
export const TAGS: ReadonlySet<string> = new Set([
  ...SCALARS.keys(),
  ...[methodCall, methodName, params, param, value, array, data, struct, member, name].map(({ tag }) => tag),
]);
