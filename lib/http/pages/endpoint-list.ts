import type { Endpoint } from '../../netsvc/endpoint.js';
import type { WholeReply } from '../answers/servlet.js';
import { type Html, html } from './html.js';
import { page } from './page.js';
import { encodePath, type PageLocation } from './page-location.js';

/**
 * Returns an HTML page with links to the documentation of endpoints.
 *
 * @param endpoints those of the user, who learns nothing of others
 */
export function endpointList(endpoints: readonly Endpoint[], { root }: PageLocation, user: string): WholeReply {
  const links = endpoints.map(
    ({ serviceName }) => html`<li><a class="name" href="${root}${encodePath(serviceName)}">${serviceName}</a></li>\n`,
  );
  const list: Html =
    links.length === 0 ? html`<p>There are no endpoints that you may use.</p>` : html`<ul>\n${links}</ul>`;
  const login = user === '' ? undefined : html`<p class="muted">You are logged in as ${user}.</p>\n`;
  const body = html`<main>
<h1>XML-RPC endpoints</h1>
${login}${list}
</main>
`;
  return page({ title: 'Endpoints - netsvc', body });
}
