import type { Service } from '#lib/index.js';
import { encodeResponse, responsePieces } from '#lib/xmlrpc/encoder.js';
import { StreamedValue } from '#lib/xmlrpc/streamed-value.js';

/** Returns the document of a value that a method of a service has returned. */
export async function xmlOf(value: unknown, service: Service): Promise<string> {
  if (!(value instanceof StreamedValue)) return encodeResponse(value, service).toString();
  let xml = '';
  for await (const piece of responsePieces(value)) xml += piece.toString();
  return xml;
}
