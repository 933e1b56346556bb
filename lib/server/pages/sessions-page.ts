import { readFileSync } from 'node:fs';
import type { WholeReply } from '../../http/answers/servlet.js';
import { type Html, html } from '../../http/pages/html.js';
import { page } from '../../http/pages/page.js';
import type { DescribedDatabase, LiveCounters } from '../admin/operator-view.js';
import type { SessionCriteria } from '../admin/session-criteria.js';
import { type DescribedSession, SESSION_STATES, type SessionDetail } from '../observation/described-session.js';
import { navigation } from './admin-navigation.js';
import { databasesSection } from './databases-section.js';
import { sessionFilter } from './session-filter.js';
import { type Column, sortedTable, type TableView } from './sorted-table.js';

/** What the page shows. */
export interface SessionsView {
  /** All. */
  readonly sessions: readonly DescribedSession[];
  /** The calls without a session that are running a statement. */
  readonly calls: readonly DescribedSession[];
  /** Which of both are listed. */
  readonly criteria: SessionCriteria;
  readonly view: TableView;
  readonly databases: readonly DescribedDatabase[];
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

const COLUMNS: readonly Column<DescribedSession>[] = [
  {
    name: 'session',
    title: 'Session',
    kind: 'name',
    value: ({ session }) => session,
    show: ({ session, endpoint }) => session || html`${endpoint}, <span class="muted">no session</span>`,
  },
  { name: 'user', title: 'User', value: ({ user }) => user },
  { name: 'host', title: 'Host', kind: 'name', value: ({ host }) => host },
  { name: 'state', title: 'State', value: stateText },
  { name: 'statementAge', title: 'Statement (s)', ...seconds(({ statementAge }) => statementAge) },
  { name: 'transactionAge', title: 'Transaction (s)', ...seconds(({ transactionAge }) => transactionAge) },
  { name: 'age', title: 'Age (s)', ...seconds(({ age }) => age) },
  { name: 'idle', title: 'Idle (s)', ...seconds(({ idle }) => idle) },
  { name: 'calls', title: 'Calls', kind: 'number', value: ({ calls }) => calls },
];

const STATEMENT_COLUMNS: readonly Column<DescribedSession>[] = [
  { name: 'rows', title: 'Rows', kind: 'number', value: ({ rows }) => rows },
  {
    name: 'statement',
    title: 'Statement',
    kind: 'statement',
    value: ({ statement, lastStatement }) => statement || lastStatement || '',
    show: statementCell,
  },
];

/** The columns of the table. Only users who log in see those of statements. */
export function sessionColumns({ statements }: SessionDetail): readonly Column<DescribedSession>[] {
  return statements ? [...COLUMNS, ...STATEMENT_COLUMNS] : COLUMNS;
}

/** Returns the page: without its script, a table that is refreshed by loading it again. */
export function sessionsPage(shown: SessionsView): WholeReply {
  const { sessions, criteria, view, databases, counters, acts, message } = shown;
  const action = acts ? actionUrl(view) : undefined;
  const body = html`${navigation('sessions', acts)}<main>
<h1>Sessions</h1>
<div class="bar"><button type="button" id="pause" aria-pressed="false" hidden>Pause refreshing</button>
<p id="status" role="status">${message}</p></div>
<div id="charts" hidden>
${Object.entries(CHARTS).map(([name, title]) => chart(name, title))}</div>
<div id="counters">${counterList(counters)}</div>
<h2 id="list" tabindex="-1">Open sessions</h2>
${sessionFilter(sessions, criteria, view)}
<div id="sessions">${sessionTable(shown, action)}</div>
${databasesSection(databases, action)}</main>
`;
  return page({ title: 'Sessions - netsvc', body, layout: 'wide', script: 'sessions.js', forms: true });
}

/** The page is shown again as it was. */
function actionUrl({ sort, descending, fields }: TableView): string {
  const query = new URLSearchParams(fields);
  if (sort !== undefined) query.set('sort', sort);
  if (descending !== undefined) query.set('order', descending ? 'desc' : 'asc');
  return query.size === 0 ? 'sessions' : `sessions?${query}`;
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

function sessionTable({ sessions, calls, criteria, view }: SessionsView, action: string | undefined): Html {
  const selected = criteria.select([...calls, ...sessions]);
  if (selected.length === 0) {
    return html`<p>${criteria.isEmpty ? 'There are no open sessions.' : 'No open session matches.'}</p>`;
  }
  // Those that an operator may want to act on come first.
  const rows = SESSION_STATES.flatMap((state) => selected.filter((session) => session.state === state));
  const columns = sessionColumns({ statements: action !== undefined });
  const actions = action === undefined ? undefined : (session: DescribedSession) => actionsOn(session, action);
  const table = sortedTable({ columns, rows, view, path: 'sessions', labelledBy: 'list', max: MAX_SHOWN, actions });
  if (criteria.isEmpty || action === undefined) return table;
  const open = selected.filter(({ session }) => session !== '');
  return html`${actsOnAll(selected.length, open.length, action)}${table}`;
}

/** What can be done to all sessions that the filter selects. */
function actsOnAll(selected: number, sessions: number, action: string): Html {
  return html`<form method="post" action="${action}" class="bar">
<button name="action" value="cancelall">Cancel statements of all ${selected}</button>
<button name="action" value="closeall">Close all ${sessions}</button></form>
`;
}

function actionsOn({ session, state, endpoint, connection }: DescribedSession, action: string): Html {
  if (session === '') {
    const call = html`<input type="hidden" name="database" value="${endpoint}">
<input type="hidden" name="connection" value="${connection}">`;
    return html`<form method="post" action="${action}">${call}
${button('cancelcall', 'Cancel', `call on connection ${connection}`)}</form>`;
  }
  const cancel = state === 'running' ? button('cancel', 'Cancel', session) : undefined;
  return html`<form method="post" action="${action}"><input type="hidden" name="session" value="${session}">
${cancel}${button('close', 'Close', session)}</form>`;
}

function button(action: string, text: string, session: string): Html {
  return html`<button name="action" value="${action}" aria-label="${text} ${session}">${text}</button>`;
}

function stateText({ state, pinReason }: DescribedSession): string {
  if (pinReason === undefined) return state;
  return state === 'running' ? `running, pinned: ${pinReason}` : `pinned: ${pinReason}`;
}

function statementCell({ statement, lastStatement }: DescribedSession): Html | undefined {
  if (statement) return html`${statement}`;
  return lastStatement === undefined ? undefined : html`<span class="muted">last: </span>${lastStatement}`;
}

function seconds(value: (session: DescribedSession) => number | undefined) {
  const show = (session: DescribedSession) => {
    const time = value(session);
    return time === undefined ? undefined : Math.round(time);
  };
  return { kind: 'number', value, show } as const;
}
