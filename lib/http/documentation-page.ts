import type { Endpoint } from '../netsvc/endpoint.js';
import type { MethodDeclaration } from '../netsvc/method-declaration.js';
import type { WholeReply } from './servlet.js';

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff }
body { max-width: 45rem; margin: 2rem auto; padding: 0 1rem }
h2 { font: 1.1rem/1.4 ui-monospace, monospace; margin: 2rem 0 0.25rem; overflow-wrap: anywhere }
p { margin: 0.25rem 0 }
.type { color: #595959 }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #1a1a1a } .type { color: #a6a6a6 } }
`;

/** Returns an HTML page with the declared methods of a service. It contains no scripts and loads nothing. */
export function documentationPage(service: Endpoint): WholeReply {
  const title = escapeHtml(service.logName);
  const body =
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n' +
    `<title>${title}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<main>\n<h1>${title}</h1>\n` +
    '<p>An XML-RPC endpoint: calls are sent to its address by POST. These are its methods.</p>\n' +
    `${service
      .exportedMethods()
      .map((name) => methodSection(service, name))
      .join('')}</main>\n</body>\n</html>\n`;
  const headers = {
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
  };
  return { status: 200, type: 'text/html; charset=utf-8', headers, body };
}

function methodSection(service: Endpoint, name: string): string {
  const { help = '', ...declaration } = service.exportedMethod(name)?.declaration ?? {};
  const title = escapeHtml(name);
  const heading = `<h2 id="${title}">${title}${signature(declaration)}</h2>`;
  return `<section>\n${heading}\n<p>${escapeHtml(help)}</p>\n</section>\n`;
}

/** Such as `(query: string, args?: any): int`; empty if the method has no declaration. */
function signature({ params, returns }: MethodDeclaration): string {
  if (params === undefined) return '';
  const list = params.map(({ name, type, optional }) => `${escapeHtml(name)}${optional ? '?' : ''}${typed(type)}`);
  return `(${list.join(', ')})${typed(returns ?? 'any')}`;
}

function typed(type: string): string {
  return `<span class="type">: ${escapeHtml(type)}</span>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
