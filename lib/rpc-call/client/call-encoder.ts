import type { Argument } from './typed-arguments.js';

/** Encodes a call. Strings may contain characters that XML does not allow: they are sent as references. */
export function encodeCall(method: string, params: readonly (Argument | string)[]): string {
  return callOf(method, params.map(encodeValue));
}

/** @param params values in XML */
export function callOf(method: string, params: readonly string[]): string {
  const values = params.map((param) => `<param>${param}</param>`).join('');
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
}

function encodeValue(value: Argument | string): string {
  if (value === null) return '<value><nil/></value>';
  if (typeof value === 'string') return scalar('string', value);
  if (typeof value === 'number') return scalar('int', String(value));
  if (typeof value === 'boolean') return scalar('boolean', value ? '1' : '0');
  if (Buffer.isBuffer(value)) return scalar('base64', value.toString('base64'));
  if (Array.isArray(value)) return `<value><array><data>${value.map(encodeValue).join('')}</data></array></value>`;
  if (isTyped(value)) return scalar(value.tagName, value.raw);
  const members = Object.entries(value).map(
    ([name, member]) => `<member><name>${escapeText(name)}</name>${encodeValue(member)}</member>`,
  );
  return `<value><struct>${members.join('')}</struct></value>`;
}

/** A member of a struct is never a function. */
function isTyped(value: object): value is { readonly tagName: string; readonly raw: string } {
  return 'serialize' in value && typeof value.serialize === 'function';
}

function scalar(tag: string, text: string): string {
  return `<value><${tag}>${escapeText(text)}</${tag}></value>`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
const SPECIAL = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const ALL_SPECIAL = new RegExp(SPECIAL, 'g');

/** Escapes text for XML. */
export function escapeText(text: string): string {
  return text.replace(ALL_SPECIAL, (c) => `&#${c.charCodeAt(0)};`);
}

/** Whether XML takes a text as it is. */
export function isPlain(text: string): boolean {
  return !SPECIAL.test(text);
}
