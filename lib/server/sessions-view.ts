import { refusal } from '../http/refusals.js';
import type { WholeReply } from '../http/servlet.js';
import { wantsPage } from '../http/wants-page.js';
import type { AdminPage } from './admin-listener.js';
import type { Operated } from './operated.js';
import { sessionsPage } from './sessions-page.js';

/** What an action did, by the name of the result in the URL. */
const RESULTS: Readonly<Record<string, string>> = {
  cancelled: 'The statement was cancelled.',
  nothing: 'The session was not running a statement.',
  closed: 'The session was closed.',
  gone: 'The session does not exist any more.',
};

const UNKNOWN_ACTION = refusal(400, 'Unknown action.');

/**
 * The open sessions: JSON for programs, and a page with buttons for browsers.
 *
 * @param acts whether there are users, who may act on sessions and read their statements
 */
export function sessionsView(operated: Operated, acts: boolean): AdminPage {
  const answer: AdminPage['answer'] = ({ headers, query }) => {
    if (!wantsPage('GET', headers)) {
      const body = `${JSON.stringify(operated.sessions(false))}\n`;
      return { status: 200, type: 'application/json', headers: { Vary: 'Accept' }, body };
    }
    const sessions = operated.sessions(acts);
    const counters = operated.counters(sessions);
    const result = query.get('result') ?? '';
    const message = Object.hasOwn(RESULTS, result) ? RESULTS[result] : undefined;
    return sessionsPage({ sessions, counters, acts, message });
  };
  return { open: false, answer, ...(acts && { submit: (form: URLSearchParams) => submit(form, operated) }) };
}

/** The browser loads the page again, so that reloading it does not repeat the action. */
async function submit(form: URLSearchParams, operated: Operated): Promise<WholeReply> {
  const result = await act(form.get('action'), form.get('session') ?? '', operated);
  if (result === undefined) return UNKNOWN_ACTION;
  return { status: 303, type: 'text/plain', headers: { Location: `sessions?result=${result}` }, body: '' };
}

async function act(action: string | null, session: string, operated: Operated): Promise<string | undefined> {
  if (action === 'cancel') {
    const cancelled = operated.cancel(session);
    return cancelled === undefined ? 'gone' : cancelled ? 'cancelled' : 'nothing';
  }
  if (action !== 'close') return undefined;
  return (await operated.close(session)) ? 'closed' : 'gone';
}
