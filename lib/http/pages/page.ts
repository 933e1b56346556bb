import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';
import type { WholeReply } from '../answers/servlet.js';
import { Html, html } from './html.js';
import { PAGE_STYLE } from './page-style.js';

export interface PageOptions {
  readonly title: string;
  /** The content of `<body>`. */
  readonly body: Html;
  /** The class of `<body>`. */
  readonly layout?: 'wide';
  /** The relative URL of a script, which may send requests to this server only. */
  readonly script?: string;
  /** Whether the page has forms, which may be sent to this server only. */
  readonly forms?: boolean;
}

/** The style sheet contains no text of others. */
const STYLE = new Html(`<style>${PAGE_STYLE}</style>`);
const STYLE_SOURCE = `'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`;

/**
 * Returns an HTML page. It loads nothing of other servers and contains no script, whatever the methods and statements
 * that it shows contain.
 */
export function page({ title, body, layout, script, forms = false }: PageOptions): WholeReply {
  const loaded = script === undefined ? undefined : html`<script src="${script}" defer></script>\n`;
  const document = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${STYLE}
${loaded}</head>
<body class="${layout ?? 'narrow'}">
${body}</body>
</html>
`;
  const policy = [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    ...(script === undefined ? [] : ["script-src 'self'", "connect-src 'self'"]),
    `form-action ${forms ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    headers: {
      'Content-Security-Policy': policy.join('; '),
      'X-Content-Type-Options': 'nosniff',
      // The URL of a session is a credential.
      'Referrer-Policy': 'no-referrer',
      // What a page shows depends on the user.
      'Cache-Control': 'no-store',
    },
    body: document.text,
  };
}

/**
 * Whether a request asks for a page. Browsers accept text/html by name; clients that accept every type, such as curl,
 * get no page.
 */
export function wantsPage(method: string, headers: IncomingHttpHeaders): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || headers.accept === undefined) return false;
  return new Negotiator({ headers }).mediaType(['text/plain', 'text/html']) === 'text/html';
}
