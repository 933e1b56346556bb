import { requestPath } from '../answers/request-path.js';
import type { RequestHead } from '../answers/servlet.js';

/** Where a browser found a page, for the links and the URLs that the page shows. */
export interface PageLocation {
  /** Such as `https://db.example.org:8000`. */
  readonly origin: string;
  /** The path of the servlet, behind that of the proxy, with outer slashes. */
  readonly root: string;
}

/** A host name or address, with or without a port. Others could end a string in an example. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/** Returns the location that the client, or the proxy before this server, has asked for. It is only shown. */
export function pageLocation({ headers, secure, target, path }: RequestHead): PageLocation {
  const { host = '', 'x-forwarded-proto': proto, 'x-forwarded-prefix': prefix } = headers;
  const whole = requestPath(target ?? '/') ?? path;
  const own = whole.slice(0, Math.max(whole.length - path.length, 0));
  const root = `${String(prefix ?? '')}/${own}`
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  return {
    origin: `${secure || proto === 'https' ? 'https' : 'http'}://${HOST.test(host) ? host : '127.0.0.1'}`,
    root: root === '' ? '/' : `/${encodePath(root)}/`,
  };
}

/** Percent-encodes the segments of a path. */
export function encodePath(path: string): string {
  return path.split('/').map(encodePart).join('/');
}

/** Percent-encodes everything that ends a string or has a meaning in any of the languages of the examples. */
export function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
