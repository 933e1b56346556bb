import { refusal } from '../../http/answers/refusals.js';
import type { WholeReply } from '../../http/answers/servlet.js';
import { wantsPage } from '../../http/pages/page.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { AdminPage, AdminRequest, SubmittedForm } from '../admin/admin-listener.js';
import type { OperatorView } from '../admin/operator-view.js';
import { SessionCriteria } from '../admin/session-criteria.js';
import { sessionColumns, sessionsPage } from './sessions-page.js';
import { sorted, tableView } from './sorted-table.js';

/** What an action did, by the name of the result in the URL. */
const RESULTS: Readonly<Record<string, string>> = {
  cancelled: 'The statement was cancelled.',
  nothing: 'The session was not running a statement.',
  ended: 'The statement had ended.',
  closed: 'The session was closed.',
  gone: 'The session does not exist any more.',
  resumed: 'The database was resumed.',
  disabled: 'The database was disabled.',
  enabled: 'The database was enabled.',
  reconnected: 'The MySQL connections are replaced.',
  removed: 'The database does not exist any more.',
};

/** The same of an action on several sessions. */
const COUNTED: Readonly<Record<string, string>> = {
  cancelledall: 'Statements cancelled',
  closedall: 'Sessions closed',
};

/** The fields of the URL that say what an action did. */
const OUTCOME = ['result', 'count'];

const UNKNOWN_ACTION = refusal(400, 'Unknown action.');

/**
 * The open sessions: JSON for programs, and a page with buttons for browsers.
 *
 * @param acts whether there are users, who may act on sessions and read their statements
 */
export function sessionsView(operatorView: OperatorView, acts: boolean): AdminPage {
  return {
    open: false,
    answer: (request) => refusing(() => show(request, operatorView, acts)),
    ...(acts && { submit: (form: SubmittedForm) => refusing(() => submit(form, operatorView)) }),
  };
}

function show({ headers, query }: AdminRequest, operatorView: OperatorView, acts: boolean): WholeReply {
  const view = tableView(query, OUTCOME);
  const criteria = SessionCriteria.ofQuery(view.fields);
  if (!wantsPage('GET', headers)) {
    const detail = { statements: false };
    const sessions = sorted(operatorView.sessions(detail, criteria), sessionColumns(detail), view);
    const body = `${JSON.stringify(sessions)}\n`;
    return { status: 200, type: 'application/json', headers: { Vary: 'Accept' }, body };
  }
  const detail = { statements: acts };
  const sessions = operatorView.sessions(detail);
  const counters = operatorView.counters(sessions);
  const [databases, calls] = [operatorView.databases(), operatorView.calls(detail)];
  return sessionsPage({ sessions, calls, criteria, view, counters, databases, acts, message: messageOf(query) });
}

function messageOf(query: URLSearchParams): string | undefined {
  const result = query.get('result') ?? '';
  if (Object.hasOwn(RESULTS, result)) return RESULTS[result];
  const count = Number(query.get('count'));
  return Object.hasOwn(COUNTED, result) && Number.isInteger(count) ? `${COUNTED[result]}: ${count}.` : undefined;
}

/** The browser loads the page again, so that reloading it does not repeat the action. */
async function submit({ form, query, operator }: SubmittedForm, operatorView: OperatorView): Promise<WholeReply> {
  const { acts } = operatorView;
  const { sort, descending, fields } = tableView(query, OUTCOME);
  const [session, database] = [form.get('session') ?? '', form.get('database') ?? ''];
  const criteria = SessionCriteria.ofQuery(fields);
  const all = () => {
    if (criteria.isEmpty) throw new ServiceFailure(56, 'Nothing is selected');
    return criteria;
  };
  const actions: Readonly<Record<string, () => Promise<string>>> = {
    cancel: async () => ((await acts.cancel(operator, session)) ? 'cancelled' : 'nothing'),
    cancelcall: async () => {
      // Not that of a session which has got the connection meanwhile.
      const call = SessionCriteria.ofStruct({ session: '', database, connection: Number(form.get('connection')) });
      return (await acts.cancelAll(operator, call)) > 0 ? 'cancelled' : 'ended';
    },
    close: () => acts.close(operator, session).then(() => 'closed'),
    cancelall: async () => `cancelledall&count=${await acts.cancelAll(operator, all())}`,
    closeall: async () => `closedall&count=${await acts.closeAll(operator, all())}`,
    resume: () => acts.resume(operator, database).then(() => 'resumed'),
    disable: () => acts.disable(operator, database, '').then(() => 'disabled'),
    enable: () => acts.enable(operator, database).then(() => 'enabled'),
    reconnect: () => acts.reconnect(operator, database).then(() => 'reconnected'),
  };
  const name = form.get('action') ?? '';
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) return UNKNOWN_ACTION;
  const gone = form.has('database') ? 'removed' : 'gone';
  const result = await action().catch((error: unknown) => {
    if (error instanceof ServiceFailure && !name.endsWith('all')) return gone;
    throw error;
  });
  if (sort !== undefined) fields.set('sort', sort);
  if (descending !== undefined) fields.set('order', descending ? 'desc' : 'asc');
  const kept = fields.size === 0 ? '' : `&${fields}`;
  return { status: 303, type: 'text/plain', headers: { Location: `sessions?result=${result}${kept}` }, body: '' };
}

/** A query with criteria that there are not is a bad request. */
async function refusing(answer: () => WholeReply | Promise<WholeReply>): Promise<WholeReply> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ServiceFailure) return refusal(400, error.details || error.description);
    throw error;
  }
}
