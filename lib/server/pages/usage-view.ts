import { refusal } from '../../http/answers/refusals.js';
import type { WholeReply } from '../../http/answers/servlet.js';
import { type Html, html } from '../../http/pages/html.js';
import { page, wantsPage } from '../../http/pages/page.js';
import type { AdminPage, AdminRequest } from '../admin/admin-listener.js';
import type { OperatorView } from '../admin/operator-view.js';
import type { DescribedStatement, DescribedUser } from '../observation/usage.js';
import { navigation } from './admin-navigation.js';
import { type Column, sorted, sortedTable, tableView } from './sorted-table.js';

/** The maximum number of rows that a page shows. */
const MAX_SHOWN = 500;

const UNKNOWN_ACTION = refusal(400, 'Unknown action.');

const NO_USERS = refusal(403, 'Statements are shown to operators who log in: the listener has no users.');

const STATEMENT_COLUMNS: readonly Column<DescribedStatement>[] = [
  { name: 'database', title: 'Database', kind: 'name', value: ({ database }) => database },
  {
    name: 'digest',
    title: 'Statement',
    kind: 'statement',
    value: ({ digest }) => digest,
    show: ({ digest, others }) => (others === undefined ? digest : othersText(others)),
  },
  { name: 'calls', title: 'Calls', kind: 'number', value: ({ calls }) => calls },
  { name: 'errors', title: 'Errors', kind: 'number', value: ({ errors }) => errors },
  { name: 'rows', title: 'Rows', kind: 'number', value: ({ rows }) => rows },
  { name: 'seconds', title: 'Time (s)', ...seconds<DescribedStatement>(({ seconds }) => seconds) },
  { name: 'mean', title: 'Mean (s)', ...seconds<DescribedStatement>(({ mean }) => mean) },
  { name: 'max', title: 'Maximum (s)', ...seconds<DescribedStatement>(({ max }) => max) },
  { name: 'user', title: 'Last by', value: ({ user, host }) => user || host },
  { name: 'lastSeen', title: 'Last (UTC)', ...times<DescribedStatement>(({ lastSeen }) => lastSeen) },
];

const USER_COLUMNS: readonly Column<DescribedUser>[] = [
  {
    name: 'user',
    title: 'User or address',
    kind: 'name',
    value: ({ user, host }) => user || host,
    show: ({ user, host, others }) => (others === undefined ? user || host : othersText(others)),
  },
  { name: 'sessions', title: 'Sessions', kind: 'number', value: ({ sessions }) => sessions },
  { name: 'connections', title: 'Connections', kind: 'number', value: ({ connections }) => connections },
  { name: 'calls', title: 'Calls', kind: 'number', value: ({ calls }) => calls },
  { name: 'faults', title: 'Faults', kind: 'number', value: ({ faults }) => faults },
  { name: 'statements', title: 'Statements', kind: 'number', value: ({ statements }) => statements },
  { name: 'seconds', title: 'Time (s)', ...seconds<DescribedUser>(({ seconds }) => seconds) },
  { name: 'rows', title: 'Rows', kind: 'number', value: ({ rows }) => rows },
  { name: 'bytesIn', title: 'Bytes in', kind: 'number', value: ({ bytesIn }) => bytesIn },
  { name: 'bytesOut', title: 'Bytes out', kind: 'number', value: ({ bytesOut }) => bytesOut },
  { name: 'failedLogins', title: 'Failed logins', kind: 'number', value: ({ failedLogins }) => failedLogins },
  { name: 'lastSeen', title: 'Last (UTC)', ...times<DescribedUser>(({ lastSeen }) => lastSeen) },
];

interface UsageView<Row> {
  /** The path of the page. */
  readonly path: 'statements' | 'users';
  readonly title: string;
  readonly help: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: () => readonly Row[];
  /** What the button for it resets. */
  readonly counted: { reset(): void };
}

/** The statements by digest. @param acts whether the listener has users: without a login, statements are not shown */
export function statementsView(operatorView: OperatorView, acts: boolean): AdminPage {
  if (!acts) return { open: false, answer: () => NO_USERS };
  return usageView(operatorView, acts, {
    path: 'statements',
    title: 'Statements',
    help: 'Statements without their values, since the start or the last reset. The time is that of MySQL.',
    columns: STATEMENT_COLUMNS,
    rows: () => operatorView.statements(),
    counted: operatorView.statementTable,
  });
}

/** The users, and the addresses of anonymous clients. */
export function usersView(operatorView: OperatorView, acts: boolean): AdminPage {
  return usageView(operatorView, acts, {
    path: 'users',
    title: 'Users',
    help: 'What is open now, and what has been done since the start or the last reset. Time is that of statements.',
    columns: USER_COLUMNS,
    rows: () => operatorView.users(),
    counted: operatorView.userCounters,
  });
}

function usageView<Row>(operatorView: OperatorView, acts: boolean, view: UsageView<Row>): AdminPage {
  const { path, counted } = view;
  return {
    open: false,
    answer: (request) => show(request, view, acts),
    ...(acts && {
      submit: async ({ form, operator }) => {
        if (form.get('action') !== 'reset') return UNKNOWN_ACTION;
        await operatorView.acts.reset(operator, path, counted);
        return { status: 303, type: 'text/plain', headers: { Location: `${path}?result=reset` }, body: '' };
      },
    }),
  };
}

function show<Row>({ headers, query }: AdminRequest, usage: UsageView<Row>, acts: boolean): WholeReply {
  const { path, title, help, columns } = usage;
  const view = tableView(query, ['result']);
  const rows = usage.rows();
  if (!wantsPage('GET', headers)) {
    const body = `${JSON.stringify(sorted(rows, columns, view))}\n`;
    return { status: 200, type: 'application/json', headers: { Vary: 'Accept' }, body };
  }
  const reset = acts
    ? html`<form method="post" action="${path}"><button name="action" value="reset">Reset</button></form>`
    : undefined;
  const table = sortedTable({ columns, rows, view, path, labelledBy: 'list', max: MAX_SHOWN });
  const message = query.get('result') === 'reset' ? 'Counting begins anew.' : undefined;
  const body = html`${navigation(path, acts)}<main>
<h1 id="list">${title}</h1>
<p class="muted">${help}</p>
<div class="bar">${reset}<p role="status">${message}</p></div>
${rows.length === 0 ? html`<p>There are none yet.</p>` : table}</main>
`;
  return page({ title: `${title} - netsvc`, body, layout: 'wide', forms: acts });
}

function othersText(count: number): Html {
  return html`<span class="muted">${count} others, used less recently</span>`;
}

/** Digits behind the point: a statement often takes less than a millisecond. */
const DIGITS = 4;

function seconds<Row>(value: (row: Row) => number) {
  return { kind: 'number', value, show: (row: Row) => value(row).toFixed(DIGITS) } as const;
}

/** @param value in ISO 8601; '' if it is not known */
function times<Row>(value: (row: Row) => string) {
  const show = (row: Row) => value(row).slice(0, 19).replace('T', ' ');
  return { kind: 'number', value: (row: Row) => value(row) || undefined, show } as const;
}
