import type { Endpoint } from '../netsvc/endpoint.js';
import type { MethodDeclaration } from '../netsvc/method-declaration.js';
import { type Html, html } from './html.js';
import { page } from './page.js';
import { encodePart, encodePath, type PageLocation } from './page-location.js';
import type { WholeReply } from './servlet.js';
import { type SnippetCall, snippets } from './snippets.js';

/** What every endpoint has, which is listed last. */
const SYSTEM = /^system\./;

/** Returns an HTML page with the methods of a service, and programs that call one of them. */
export function documentationPage(service: Endpoint, location: PageLocation, user: string): WholeReply {
  const title = service.logName;
  const names = service.exportedMethods();
  const own = names.filter((name) => !SYSTEM.test(name));
  const system = names.filter((name) => SYSTEM.test(name));
  const body = html`<nav aria-label="Site"><a href="${location.root}">Endpoints</a></nav>
<main>
<h1>${title}</h1>
<p>An XML-RPC endpoint: calls are sent to its address by POST.</p>
${snippetSection(service, location, user)}
${methodList('Methods', 'methods', own, service)}
${methodList('Introspection', 'introspection', system, service)}
</main>
`;
  return page({ title: `${title} - netsvc`, body });
}

function snippetSection(service: Endpoint, location: PageLocation, user: string): Html {
  const { url, session } = addressOf(service, location);
  const call: SnippetCall = { url, user, ...exampleOf(service) };
  const id = session ? html`<p>ID is the id of the session. It is a credential, and not shown here.</p>\n` : undefined;
  const password = user === '' ? undefined : html`<p>PASSWORD is the password of ${user}.</p>\n`;
  const programs = snippets(call).map(
    ({ language, text }, i) =>
      html`<details${i === 0 ? html` open` : undefined}>
<summary>${language}</summary>
<pre><code>${text}</code></pre>
</details>
`,
  );
  return html`<section aria-labelledby="example">
<h2 id="example">Example</h2>
<p>The address is <code class="name">${url}</code></p>
${id}${password}${programs}</section>`;
}

/** The URL without the id of a session, which is a credential. */
function addressOf(service: Endpoint, { origin, root }: PageLocation): { url: string; session: boolean } {
  const { serviceName, logName } = service;
  const session = serviceName !== logName;
  const path = session ? serviceName.replace(/[^/]*$/, 'ID') : serviceName;
  return { url: `${origin}${root}${encodePath(path)}`, session };
}

/** The first method that has an example, else one that every service has. */
function exampleOf(service: Endpoint): Pick<SnippetCall, 'method' | 'args'> {
  for (const name of service.exportedMethods()) {
    const args = service.exportedMethod(name)?.declaration.example;
    // In Python, the name is part of the program.
    if (args !== undefined && /^[a-z_]\w*(?:\.[a-z_]\w*)*$/i.test(name)) return { method: name, args };
  }
  return { method: 'system.listMethods', args: [] };
}

function methodList(title: string, id: string, names: readonly string[], service: Endpoint): Html | undefined {
  if (names.length === 0) return undefined;
  const links = names.map((name) => html`<li><a class="name" href="#${encodePart(name)}">${name}</a></li>\n`);
  return html`<section aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<ul class="names">
${links}</ul>
${names.map((name) => methodSection(service, name))}</section>`;
}

function methodSection(service: Endpoint, name: string): Html {
  const { help = '', ...declaration } = service.exportedMethod(name)?.declaration ?? {};
  return html`<h3 id="${name}">${name}${signature(declaration)}</h3>
<p>${help}</p>
`;
}

/** Such as `(query: string, args?: any): int`; empty if the method has no declaration. */
function signature({ params, returns }: MethodDeclaration): Html | undefined {
  if (params === undefined) return undefined;
  const list = params.map(
    ({ name, type, optional }, i) => html`${i > 0 ? ', ' : ''}${name}${optional ? '?' : ''}${typed(type)}`,
  );
  return html`(${list})${typed(returns ?? 'any')}`;
}

function typed(type: string): Html {
  return html`<span class="type">: ${type}</span>`;
}
