import { readFileSync } from 'node:fs';
import { type Html, html } from '../http/html.js';
import { page } from '../http/page.js';
import type { WholeReply } from '../http/servlet.js';
import type { DescribedSession, LiveCounters } from './operated.js';

/** What the page shows. */
export interface SessionsView {
  readonly sessions: readonly DescribedSession[];
  readonly counters: LiveCounters;
  /** Whether the user may stop statements and close sessions. */
  readonly acts: boolean;
  /** What the last action did. */
  readonly message?: string | undefined;
}

/** The maximum number of sessions that are shown. */
export const MAX_SHOWN = 500;

/** Refreshes the page and draws the charts. A file of its own, because the page allows no script in itself. */
export const SESSIONS_SCRIPT: WholeReply = {
  status: 200,
  type: 'text/javascript; charset=utf-8',
  headers: { 'X-Content-Type-Options': 'nosniff' },
  body: readFileSync(new URL('./sessions-script.js', import.meta.url), 'utf8'),
};

const COUNTERS = {
  sessions: 'Open sessions',
  running: 'Running',
  pinned: 'Pinned',
  inUse: 'MySQL connections in use',
  waiting: 'Waiting for a connection',
  calls: 'Calls',
  faults: 'Faults',
} as const satisfies Record<keyof LiveCounters, string>;

const CHARTS = { calls: 'Calls per second', faults: 'Faults per second', waiting: 'Waiting for a connection' };

/** Those that an operator may want to act on come first. */
const STATES = ['running', 'pinned', 'idle'] as const;

/** Returns the page: without its script, a table that is refreshed by loading it again. */
export function sessionsPage({ sessions, counters, acts, message }: SessionsView): WholeReply {
  const sorted = STATES.flatMap((state) => sessions.filter((session) => session.state === state));
  const body = html`<main>
<h1>Sessions</h1>
<div class="bar"><button type="button" id="pause" aria-pressed="false" hidden>Pause refreshing</button>
<p id="status" role="status">${message}</p></div>
<div id="charts" hidden>
${Object.entries(CHARTS).map(([name, title]) => chart(name, title))}</div>
<div id="counters">${counterList(counters)}</div>
<h2 id="list" tabindex="-1">Open sessions</h2>
<div id="sessions">${table(sorted.slice(0, MAX_SHOWN), acts)}
${sorted.length > MAX_SHOWN ? html`<p>${sorted.length - MAX_SHOWN} more are not shown.</p>` : undefined}</div>
</main>
`;
  return page({ title: 'Sessions - netsvc', body, layout: 'wide', script: 'sessions.js', forms: acts });
}

/** The line is drawn by the script. The caption has the numbers, so screen readers skip the drawing. */
function chart(name: string, title: string): Html {
  return html`<figure class="${name}" data-chart="${name}">
<figcaption>${title}: <strong>0</strong>, maximum <span>0</span></figcaption>
<svg viewBox="0 0 60 20" preserveAspectRatio="none" aria-hidden="true"><polyline points=""/></svg>
</figure>
`;
}

function counterList(counters: LiveCounters): Html {
  const items = Object.entries(COUNTERS).map(
    ([name, title]) =>
      html`<div><dt>${title}</dt><dd data-counter="${name}">${counters[name as keyof LiveCounters]}</dd></div>\n`,
  );
  return html`<dl class="counters">\n${items}</dl>`;
}

function table(sessions: readonly DescribedSession[], acts: boolean): Html {
  if (sessions.length === 0) return html`<p>There are no open sessions.</p>`;
  return html`<div class="scroll" role="region" aria-labelledby="list" tabindex="0"><table>
<thead><tr><th scope="col">Session</th><th scope="col">User</th><th scope="col">Host</th><th scope="col">State</th>
<th scope="col" class="number">Age (s)</th><th scope="col" class="number">Idle (s)</th>
<th scope="col" class="number">Calls</th>
${acts ? html`<th scope="col" class="number">Rows</th><th scope="col">Statement</th><th scope="col">Actions</th>` : ''}
</tr></thead>
<tbody>
${sessions.map((session) => row(session, acts))}</tbody>
</table></div>`;
}

function row(session: DescribedSession, acts: boolean): Html {
  const { session: digest, user, host, age, idle, calls } = session;
  return html`<tr><th scope="row" class="name">${digest}</th><td>${user}</td><td class="name">${host}</td>
<td>${stateText(session)}</td>
<td class="number">${Math.round(age)}</td><td class="number">${Math.round(idle)}</td><td class="number">${calls}</td>
${acts ? actionCells(session) : undefined}</tr>
`;
}

function stateText({ state, pinReason }: DescribedSession): string {
  if (pinReason === undefined) return state;
  return state === 'running' ? `running, pinned: ${pinReason}` : `pinned: ${pinReason}`;
}

function actionCells({ session, state, statement, rows }: DescribedSession): Html {
  const cancel = state === 'running' ? button('cancel', 'Cancel', session) : undefined;
  return html`<td class="number">${rows}</td><td class="statement">${statement}</td>
<td><form method="post" action="sessions"><input type="hidden" name="session" value="${session}">
${cancel}${button('close', 'Close', session)}</form></td>`;
}

function button(action: string, text: string, session: string): Html {
  return html`<button name="action" value="${action}" aria-label="${text} ${session}">${text}</button>`;
}
