import { refusal } from '../../http/answers/refusals.js';
import type { WholeReply } from '../../http/answers/servlet.js';
import type { AdminRequest } from '../admin/admin-listener.js';
import type { Check, Readiness } from '../admin/readiness.js';

/** The parameters of `/readyz`. */
const PARAMETERS = ['database', 'draining', 'verbose'];

/** The maximum length of a name of the client's in a text. */
const MAX_NAME = 40;

/** Answers `/readyz`: 200, 503 or, as `draining=404` asks for, 404 while the server drains. */
export async function readyReply(readiness: Readiness, { query, trusted }: AdminRequest): Promise<WholeReply> {
  const databases = query.getAll('database');
  const problem = problemOf(query) ?? unknownDatabase(databases, readiness, trusted);
  if (problem !== undefined) return refusal(400, problem);
  const verbose = trusted && query.has('verbose');
  const checks = await readiness.check(databases, { all: verbose });
  const failed = checks.filter(({ failure, required }) => required && failure !== undefined);
  const status = failed.length === 0 ? 200 : failureStatus(failed, query);
  if (verbose) return text(status, checks.map(verboseLine).join(''));
  if (status === 200) return text(status, 'ok\n');
  // Messages of MySQL are for clients that may read details.
  return text(status, trusted ? failed.map(failureLine).join('') : 'not ready\n');
}

/** A check with a mistyped parameter would otherwise be one of less than it is meant to be. */
function problemOf(query: URLSearchParams): string | undefined {
  for (const name of query.keys()) {
    if (!PARAMETERS.includes(name)) return `Unknown parameter: use ${PARAMETERS.join(', ')}.`;
  }
  return (query.get('draining') ?? '404') === '404' ? undefined : 'The parameter draining must be 404.';
}

function unknownDatabase(asked: readonly string[], readiness: Readiness, trusted: boolean): string | undefined {
  // It may be one that will be served.
  if (readiness.state === 'starting') return undefined;
  const { databases } = readiness;
  const unknown = asked.find((name) => !databases.includes(name));
  if (unknown === undefined) return undefined;
  const known = trusted ? `: use ${databases.join(', ')}` : '';
  return `There is no database ${JSON.stringify(unknown.slice(0, MAX_NAME))}${known}.`;
}

/** HAProxy takes a server for draining, which it still sends the calls of its sessions, if the status is 404. */
function failureStatus(failed: readonly Check[], query: URLSearchParams): number {
  return failed.some(({ failure }) => failure === 'draining') && query.has('draining') ? 404 : 503;
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
