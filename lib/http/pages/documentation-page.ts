import type { Endpoint } from '../../netsvc/endpoint.js';
import type { NamedDeclaration } from '../../netsvc/session-methods.js';
import type { WholeReply } from '../answers/servlet.js';
import { type Html, html } from './html.js';
import { methodSection, programs } from './method-list.js';
import { page } from './page.js';
import { encodePath, type PageLocation } from './page-location.js';
import { SessionSections } from './session-sections.js';
import { isCallable, type SnippetAddress, type SnippetCall } from './snippet-text.js';
import { snippets } from './snippets.js';

/** What every endpoint has, which is listed last. */
const SYSTEM = /^system\./;

/** Returns an HTML page with the methods of a service and of its sessions, and programs that call some of them. */
export function documentationPage(service: Endpoint, location: PageLocation, user: string): WholeReply {
  const title = service.logName;
  const methods = service
    .exportedMethods()
    .map((name): NamedDeclaration => [name, service.exportedMethod(name)?.declaration ?? {}]);
  const own = methods.filter(([name]) => !SYSTEM.test(name));
  const system = methods.filter(([name]) => SYSTEM.test(name));
  const sessions = new SessionSections(own);
  const { url, isSession } = addressOf(service, location);
  const address: SnippetAddress = { url, user };
  const body = html`<nav aria-label="Site"><a href="${location.root}">Endpoints</a></nav>
<main>
<h1>${title}</h1>
<p>An XML-RPC endpoint: calls are sent to its address by POST.${sessions.summary}</p>
${exampleSection(address, isSession, exampleOf(methods))}
${methodSection({ title: 'Methods', id: 'methods-title', methods: own, behind: (method) => sessions.link(method) })}
${sessions.sections(address)}
${methodSection({ title: 'Introspection', id: 'introspection-title', methods: system })}
</main>
`;
  return page({ title: `${title} - netsvc`, body });
}

function exampleSection(address: SnippetAddress, isSession: boolean, call: SnippetCall): Html {
  const { url, user } = address;
  const id = isSession
    ? html`<p>ID is the id of the session. It is a credential, and not shown here.</p>\n`
    : undefined;
  const password = user === '' ? undefined : html`<p>PASSWORD is the password of ${user}.</p>\n`;
  return html`<section aria-labelledby="example">
<h2 id="example">Example</h2>
<p>The address is <code class="name">${url}</code></p>
${id}${password}${programs(snippets(address, call))}</section>`;
}

/** The URL without the id of a session, which is a credential. */
function addressOf(service: Endpoint, { origin, root }: PageLocation): { url: string; isSession: boolean } {
  const { serviceName, logName } = service;
  const isSession = serviceName !== logName;
  const path = isSession ? serviceName.replace(/[^/]*$/, 'ID') : serviceName;
  return { url: `${origin}${root}${encodePath(path)}`, isSession };
}

/** The first method that has an example and opens no session, else one that every service has. */
function exampleOf(methods: readonly NamedDeclaration[]): SnippetCall {
  for (const [method, { example, opens }] of methods) {
    if (example !== undefined && opens === undefined && isCallable(method)) return { method, args: example };
  }
  return { method: 'system.listMethods', args: [] };
}
