import type { WholeReply } from '../../http/answers/servlet.js';
import type { AdminPage } from '../admin/admin-listener.js';
import type { OperatorView } from '../admin/operator-view.js';
import { METRICS_TYPE } from '../observation/metrics.js';
import { readyReply } from './ready-page.js';
import { SESSIONS_SCRIPT } from './sessions-page.js';
import { sessionsView } from './sessions-view.js';
import { statementsView, usersView } from './usage-view.js';

/**
 * Returns the pages of the admin listener, by path.
 *
 * @param acts whether there are users, who may act on sessions and read their statements
 */
export function adminPages(operatorView: OperatorView, acts: boolean): Readonly<Record<string, AdminPage>> {
  // The event loop answers: a database that cannot be reached is no reason to restart the server.
  const live: AdminPage = { open: true, answer: () => text(200, 'ok\n') };
  return {
    livez: live,
    healthz: live,
    readyz: { open: true, answer: (request) => readyReply(operatorView.readiness, request) },
    metrics: {
      open: false,
      answer: async () => ({ status: 200, type: METRICS_TYPE, body: await operatorView.metrics() }),
    },
    sessions: sessionsView(operatorView, acts),
    statements: statementsView(operatorView, acts),
    users: usersView(operatorView, acts),
    'sessions.js': { open: false, answer: () => SESSIONS_SCRIPT },
  };
}

function text(status: number, body: string): WholeReply {
  return { status, type: 'text/plain; charset=utf-8', body };
}
