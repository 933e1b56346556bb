import { parse } from 'content-type';

/** Whether a Content-Type is one of XML-RPC requests: text/xml or application/xml, with any parameters. */
export function isXmlType(contentType: string): boolean {
  // Nearly every client sends exactly this.
  if (contentType === 'text/xml') return true;
  const { type } = parse(contentType, { parameters: false });
  return type === 'text/xml' || type === 'application/xml';
}

/** Returns the charset parameter of a Content-Type (RFC 9110, section 8.3); undefined if there is none. */
export function charsetOf(contentType: string): string | undefined {
  return contentType.includes(';') ? parse(contentType).parameters.charset || undefined : undefined;
}
