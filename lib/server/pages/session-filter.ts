import { type Html, html } from '../../http/pages/html.js';
import type { Criterion, SessionCriteria } from '../admin/session-criteria.js';
import { type DescribedSession, SESSION_STATES } from '../observation/described-session.js';
import type { TableView } from './sorted-table.js';

/** The fields that are typed in. */
const TEXTS = { user: 'User', host: 'Address or network' } as const;
const TIMES = { age: 'Age', idle: 'Idle', statementAge: 'Statement', transactionAge: 'Transaction' } as const;

/**
 * Returns the form that selects sessions. It is closed as long as all are shown.
 *
 * @param sessions all, for what can be chosen
 */
export function sessionFilter(sessions: readonly DescribedSession[], criteria: SessionCriteria, view: TableView): Html {
  const { given } = criteria;
  const text = (name: Criterion) => String(given[name] ?? '');
  const databases = sessions.map(({ endpoint }) => endpoint);
  const reasons = sessions.flatMap(({ pinReason }) => pinReason ?? []);
  const sorting = [...(view.sort === undefined ? [] : [hidden('sort', view.sort)])];
  if (view.descending !== undefined) sorting.push(hidden('order', view.descending ? 'desc' : 'asc'));
  return html`<details id="filter"${criteria.isEmpty ? undefined : html` open`}>
<summary>Filter</summary>
<form method="get" action="sessions" class="filter">
${Object.entries(TEXTS).map(([name, title]) => field(title, input(name, text(name as Criterion))))}
${field('Database', choice('database', databases, text('database')))}
${field('State', choice('state', SESSION_STATES, text('state')))}
${field('Pin reason', choice('pinReason', reasons, text('pinReason')))}
${Object.entries(TIMES).map(([name, title]) => field(`${title} from (s)`, number(name, text(name as Criterion))))}
${sorting}<div class="buttons"><button>Filter</button>
<a href="sessions">Show all</a></div></form>
</details>
`;
}

function field(title: string, control: Html): Html {
  return html`<label>${title} ${control}</label>\n`;
}

function input(name: string, value: string): Html {
  return html`<input name="${name}" value="${value}">`;
}

function number(name: string, value: string): Html {
  return html`<input name="${name}" value="${value}" type="number" min="0" step="any">`;
}

/** The value that was chosen can be one that no session has any more. */
function choice(name: string, values: readonly string[], chosen: string): Html {
  const options = [...new Set(['', ...values, chosen])].sort();
  return html`<select name="${name}">${options.map((value) => option(value, value === chosen))}</select>`;
}

function option(value: string, isChosen: boolean): Html {
  const selected = isChosen ? html` selected` : undefined;
  return html`<option value="${value}"${selected}>${value === '' ? 'any' : value}</option>`;
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}
