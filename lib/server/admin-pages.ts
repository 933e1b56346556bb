import type { WholeReply } from '../http/servlet.js';
import type { AdminPage, AdminRequest } from './admin-listener.js';
import { METRICS_TYPE } from './metrics.js';
import type { Operated } from './operated.js';
import type { Check } from './readiness.js';
import { SESSIONS_SCRIPT } from './sessions-page.js';
import { sessionsView } from './sessions-view.js';

/**
 * Returns the pages of the admin listener, by path.
 *
 * @param acts whether there are users, who may act on sessions and read their statements
 */
export function adminPages(operated: Operated, acts: boolean): Readonly<Record<string, AdminPage>> {
  // The event loop answers: a database that cannot be reached is no reason to restart the server.
  const live: AdminPage = { open: true, answer: () => text(200, 'ok\n') };
  return {
    livez: live,
    healthz: live,
    readyz: { open: true, answer: async (request) => readyReply(await operated.checks(), request) },
    metrics: {
      open: false,
      answer: async () => ({ status: 200, type: METRICS_TYPE, body: await operated.metrics() }),
    },
    sessions: sessionsView(operated, acts),
    'sessions.js': { open: false, answer: () => SESSIONS_SCRIPT },
  };
}

/** Names of databases and messages of MySQL are for clients that may read details. */
function readyReply(checks: readonly Check[], { query, trusted }: AdminRequest): WholeReply {
  const failed = checks.filter(({ failure }) => failure !== undefined);
  const status = failed.length === 0 ? 200 : failureStatus(failed, query);
  if (!trusted) return text(status, status === 200 ? 'ok\n' : 'not ready\n');
  if (query.has('verbose')) return text(status, checks.map(verboseLine).join(''));
  return text(status, status === 200 ? 'ok\n' : failed.map(failureLine).join(''));
}

/** HAProxy takes a server for draining, which it still sends the calls of its sessions, if the status is 404. */
function failureStatus(failed: readonly Check[], query: URLSearchParams): number {
  const draining = failed.some(({ failure }) => failure === 'draining');
  return draining && query.get('draining') === '404' ? 404 : 503;
}

function verboseLine(check: Check): string {
  return check.failure === undefined ? `[+] ${check.name}: ok\n` : `[-] ${failureLine(check)}`;
}

function failureLine({ name, failure }: Check): string {
  return `${name}: ${failure}\n`;
}

function text(status: number, body: string): WholeReply {
  return { status, type: 'text/plain; charset=utf-8', body };
}
