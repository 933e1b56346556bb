import type { WholeReply } from '../http/servlet.js';
import type { ServiceRegistry } from '../netsvc/service-registry.js';
import type { AdminPage, AdminRequest } from './admin-listener.js';
import type { Metrics } from './metrics.js';
import type { Check, Readiness } from './readiness.js';
import { sessionList } from './session-list.js';

export interface AdminSources {
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly registry: () => ServiceRegistry;
}

/** Returns the pages of the admin listener, by path. */
export function adminPages({ readiness, metrics, registry }: AdminSources): Readonly<Record<string, AdminPage>> {
  // The event loop answers: a database that cannot be reached is no reason to restart the server.
  const live: AdminPage = { open: true, answer: () => text(200, 'ok\n') };
  return {
    livez: live,
    healthz: live,
    readyz: { open: true, answer: async (request) => readyReply(await readiness.check(), request) },
    metrics: {
      open: false,
      answer: async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
    },
    sessions: {
      open: false,
      answer: () => {
        const body = `${JSON.stringify(sessionList(registry().sessions))}\n`;
        return { status: 200, type: 'application/json', body };
      },
    },
  };
}

/** Names of databases and messages of MySQL are for clients that may read details. */
function readyReply(checks: readonly Check[], { query, trusted }: AdminRequest): WholeReply {
  const failed = checks.filter(({ failure }) => failure !== undefined);
  const status = failed.length === 0 ? 200 : 503;
  if (!trusted) return text(status, status === 200 ? 'ok\n' : 'not ready\n');
  if (query.has('verbose')) return text(status, checks.map(verboseLine).join(''));
  return text(status, status === 200 ? 'ok\n' : failed.map(failureLine).join(''));
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
