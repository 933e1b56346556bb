import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { callBody } from '../support/call-body.js';

/** Milliseconds between two calls of a client. */
const PAUSE = 40;

/** What the other users have seen. */
export class Seen {
  /** Milliseconds of each call. */
  readonly latencies: number[] = [];
  /** Faults and HTTP statuses that are no success. */
  readonly failures = new Map<string, number>();

  percentile(part: number): number {
    const sorted = this.latencies.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  }

  note(failure: string): void {
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }
}

/** A user who does ordinary work until `ended`: sessions, queries, changes, and a session that is kept. */
export async function work(url: string, seen: Seen, ended: () => boolean): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = (path: string, method: string, ...params: unknown[]) => timed(agent, url, path, method, params, seen);
  const open = async () => `/siege/${(await call('/siege', 'cursor', 60)).match(/<string>([^<]+)/)?.[1]}`;
  const kept = await open();
  await call(kept, 'execute', 'create temporary table mine (id int)');
  while (!ended()) {
    const session = await open();
    await call(session, 'execute', 'select id, v from grace where id <= %s', [20]);
    await wait(PAUSE);
    await call(session, 'fetchall');
    await call(session, 'close');
    await wait(PAUSE);
    await call('/siege', 'query', 'select count(*) from grace');
    await call('/siege', 'execute', 'insert into log (v) values (%s)', ['entry']);
    await wait(PAUSE);
    await call(kept, 'execute', 'insert into mine values (1)');
    await call(kept, 'rowcount');
    await wait(PAUSE);
  }
  await call(kept, 'close');
  agent.destroy();
}

async function timed(
  agent: Agent,
  url: string,
  path: string,
  method: string,
  params: readonly unknown[],
  seen: Seen,
): Promise<string> {
  const since = performance.now();
  const text = await answerOf(agent, new URL(path, url), callBody(method, params)).catch(
    (error: NodeJS.ErrnoException) => `${error.code}`,
  );
  seen.latencies.push(performance.now() - since);
  if (!text.includes('<params>')) seen.note(`${method}: ${faultOf(text)}`);
  return text;
}

function faultOf(text: string): string {
  return /<string>([^<]*)<\/string><\/value><\/member><\/struct>/.exec(text)?.[1] ?? text.slice(0, 200);
}

function answerOf(agent: Agent, url: URL, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      auth: 'grace:secret',
      headers: { 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) },
    });
    sent.on('error', reject);
    sent.on('response', (response: IncomingMessage) => {
      let text = response.statusCode === 200 ? '' : `HTTP ${response.statusCode} `;
      response.on('error', reject);
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    sent.end(body);
  });
}
