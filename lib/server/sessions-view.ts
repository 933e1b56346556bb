import type { ConnectionPool } from '../database/connections/connection-pool.js';
import { refusal } from '../http/refusals.js';
import type { WholeReply } from '../http/servlet.js';
import { wantsPage } from '../http/wants-page.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRegistry } from '../netsvc/service-registry.js';
import type { AdminPage } from './admin-listener.js';
import type { AdminService } from './admin-service.js';
import { liveCounters } from './live-counters.js';
import type { Metrics } from './metrics.js';
import { sessionList } from './session-list.js';
import { sessionsPage } from './sessions-page.js';

export interface SessionsSources {
  readonly metrics: Metrics;
  readonly registry: () => ServiceRegistry;
  readonly pools: () => readonly ConnectionPool[];
  /** Undefined if the listener has no users: then nobody may act on sessions or read their statements. */
  readonly service: AdminService | undefined;
}

/** What an action did, by the name of the result in the URL. */
const RESULTS: Readonly<Record<string, string>> = {
  cancelled: 'The statement was cancelled.',
  nothing: 'The session was not running a statement.',
  closed: 'The session was closed.',
  gone: 'The session does not exist any more.',
};

const UNKNOWN_ACTION = refusal(400, 'Unknown action.');

/** The open sessions: JSON for programs, and a page with buttons for browsers. */
export function sessionsView({ metrics, registry, pools, service }: SessionsSources): AdminPage {
  const answer: AdminPage['answer'] = ({ headers, query }) => {
    if (!wantsPage('GET', headers)) {
      const body = `${JSON.stringify(sessionList(registry().sessions))}\n`;
      return { status: 200, type: 'application/json', headers: { Vary: 'Accept' }, body };
    }
    const sessions = service?.sessions() ?? sessionList(registry().sessions);
    const counters = liveCounters(sessions, pools(), metrics);
    const result = query.get('result') ?? '';
    const message = Object.hasOwn(RESULTS, result) ? RESULTS[result] : undefined;
    return sessionsPage({ sessions, counters, acts: service !== undefined, message });
  };
  return { open: false, answer, ...(service && { submit: (form: URLSearchParams) => submit(form, service) }) };
}

/** The browser loads the page again, so that reloading it does not repeat the action. */
async function submit(form: URLSearchParams, service: AdminService): Promise<WholeReply> {
  const result = await act(form.get('action'), form.get('session') ?? '', service);
  if (result === undefined) return UNKNOWN_ACTION;
  return { status: 303, type: 'text/plain', headers: { Location: `sessions?result=${result}` }, body: '' };
}

async function act(action: string | null, session: string, service: AdminService): Promise<string | undefined> {
  try {
    if (action === 'cancel') return service.cancel(session) ? 'cancelled' : 'nothing';
    if (action !== 'close') return undefined;
    await service.close(session);
    return 'closed';
  } catch (error) {
    if (error instanceof ServiceFailure) return 'gone';
    throw error;
  }
}
