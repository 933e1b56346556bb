/**
 * Whether a Content-Type is one of XML-RPC requests: text/xml or application/xml, with any parameters. Of several that
 * a proxy has joined, the first counts.
 */
export function isXmlType(contentType: string): boolean {
  // Nearly every client sends exactly this.
  if (contentType === 'text/xml') return true;
  const end = contentType.search(/[;,]/);
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return type === 'text/xml' || type === 'application/xml';
}

/** Nearly every client that sends a charset sends it so. */
const PLAIN = /^[a-z]+\/[a-z]+; ?charset=([\w.-]+)$/i;

/** A parameter of a Content-Type, and the others that a value in quotes may contain. */
const PARAMETER = /;\s*([^\s=;]+)\s*=\s*("[^"]*"|'[^']*'|[^;,]*)/g;

/** More than any charset has, and quotes around it. */
const MAX_CHARSET = 64;

/** What programs write for a charset that they do not know. */
const NO_CHARSET: ReadonlySet<string> = new Set(['', 'none', 'null', 'undefined']);

/**
 * Returns the charset parameter of a Content-Type (RFC 9110, section 8.3); undefined if there is none. It may be in
 * quotes of either kind, and have white space around it. Of several, the first counts.
 */
export function charsetOf(contentType: string): string | undefined {
  if (!contentType.includes(';')) return undefined;
  const plain = PLAIN.exec(contentType)?.[1];
  if (plain !== undefined) return NO_CHARSET.has(plain.toLowerCase()) ? undefined : plain;
  for (const [, name = '', value = ''] of contentType.matchAll(PARAMETER)) {
    if (name.toLowerCase() !== 'charset') continue;
    const charset = value.slice(0, MAX_CHARSET).replace(/^["'\s]+|["'\s]+$/g, '');
    if (!NO_CHARSET.has(charset.toLowerCase())) return charset;
  }
  return undefined;
}
