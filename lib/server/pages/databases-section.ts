import { type Html, html } from '../../http/pages/html.js';
import type { DescribedDatabase } from '../admin/operator-view.js';

/**
 * Returns the list of databases, with what can be done to them.
 *
 * @param action the URL that the forms are sent to; undefined if the user may do nothing
 */
export function databasesSection(databases: readonly DescribedDatabase[], action: string | undefined): Html {
  return html`<h2 id="databases-list">Databases</h2>
<div id="databases"><div class="scroll" role="region" aria-labelledby="databases-list" tabindex="0"><table>
<thead><tr><th scope="col">Database</th><th scope="col">State</th><th scope="col" class="number">Sessions</th>
<th scope="col" class="number">Connections</th><th scope="col" class="number">In use</th>
<th scope="col" class="number">Limit</th><th scope="col" class="number">Waiting</th>
${action && html`<th scope="col" class="number">Actions</th>`}</tr></thead>
<tbody>
${databases.map((database) => databaseRow(database, action))}</tbody>
</table></div></div>
`;
}

function databaseRow(described: DescribedDatabase, action: string | undefined): Html {
  const { database, state, reason, sessions, connections, inUse, limit, waiting } = described;
  return html`<tr><th scope="row" class="name">${database}</th>
<td>${state}${reason === undefined ? undefined : `: ${reason}`}</td><td class="number">${sessions}</td>
<td class="number">${connections}</td><td class="number">${inUse}</td><td class="number">${limit}</td>
<td class="number">${waiting}</td>
${action && html`<td>${actions(described, action)}</td>`}</tr>
`;
}

function actions({ database, state }: DescribedDatabase, action: string): Html {
  const button = (name: string, text: string) =>
    html`<button name="action" value="${name}" aria-label="${text} ${database}">${text}</button>`;
  return html`<form method="post" action="${action}"><input type="hidden" name="database" value="${database}">
${state === 'paused' ? button('resume', 'Resume') : undefined}
${state === 'disabled' ? button('enable', 'Enable') : button('disable', 'Disable')}
${button('reconnect', 'Reconnect')}</form>`;
}
