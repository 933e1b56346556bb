import { call, type Fault } from '../support/client.js';

/** The outcomes of the entries that a client wrote. */
export interface Outcomes {
  readonly acknowledged: string[];
  readonly refused: string[];
  /** The response was lost, or said that the outcome is not known. */
  readonly unknown: string[];
  rounds: number;
  /** Calls that timed out. */
  unanswered: number;
}

type Outcome = 'done' | 'refused' | 'lost';

/** Faults after which it is not known whether the statement was executed. */
const LOST: readonly number[] = [2013, 58, 1317, 1053, 1927];

const INSERT = 'insert into ledger (entry) values (%s)';

/** The calls that have been made and not been answered. */
const unanswered = new Set<string>();

/** The methods of the calls that have no answer. */
export function unansweredCalls(): readonly string[] {
  return [...unanswered].map((made) => made.replace(/^\d+ /, ''));
}

let made = 0;

/** Makes a call, which is counted until it is answered. */
export async function counted(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const name = `${++made} ${method}`;
  unanswered.add(name);
  try {
    return await call(url, method, ...params);
  } finally {
    unanswered.delete(name);
  }
}

function outcomeOf({ faultCode, faultString = '' }: Partial<Fault>): Outcome {
  if (faultCode === undefined || LOST.includes(faultCode)) return 'lost';
  return /not known|may have committed/.test(faultString) ? 'lost' : 'refused';
}

/** Makes a call, or a list of calls, of which the first that fails decides. */
async function attempt(url: string, method: string, ...params: unknown[]): Promise<Outcome> {
  try {
    const value = (await counted(url, method, ...params)) as { readonly results?: unknown[] };
    const results = Array.isArray(value) ? value : (value?.results ?? []);
    const failed = results.find((result: unknown) => typeof result === 'object' && result && 'faultCode' in result);
    return failed ? outcomeOf(failed as Fault) : 'done';
  } catch (error) {
    return outcomeOf(error as Fault);
  }
}

/** Writes to a ledger until `ended`, in sessions that it closes and sessions that it abandons. */
export async function keepLedger(url: string, name: string, ended: () => boolean): Promise<Outcomes> {
  const outcomes: Outcomes = { acknowledged: [], refused: [], unknown: [], rounds: 0, unanswered: 0 };
  while (!ended()) {
    outcomes.rounds++;
    await round(url, `${name}-${outcomes.rounds}`, outcomes);
  }
  return outcomes;
}

/** Ways to write two entries, all or nothing. */
const WAYS: readonly ((url: string, entries: readonly string[]) => Promise<Outcome>)[] = [
  // Many rows are one statement: all of them exist, or none.
  (url, entries) => inSession(url, (cursor) => attempt(cursor, 'executemany', INSERT, rowsOf(entries))),
  (url, entries) => inSession(url, (cursor) => attempt(cursor, 'batch', [insert(entries), named('rowcount')])),
  (url, entries) => inSession(url, (cursor) => attemptOnce(cursor, entries)),
  (url, entries) => attempt(url, 'session', [insert(entries), named('execute', 'select 1'), named('fetchall')]),
  (url, entries) => {
    const statements = entries.map((entry) => [INSERT, [entry]]);
    return attempt(url, 'transaction', [...statements, ['select seq from numbers where seq <= 5000']]);
  },
];

async function round(url: string, name: string, outcomes: Outcomes): Promise<void> {
  const entries = [`${name}-0`, `${name}-1`];
  const write = WAYS[Math.floor(Math.random() * WAYS.length)] ?? WAYS[0];
  const outcome = (await write?.(url, entries)) ?? 'refused';
  const { acknowledged, refused, unknown } = outcomes;
  ({ done: acknowledged, refused, lost: unknown })[outcome].push(...entries);
}

/** Opens a session for `write`, and closes it or leaves it. */
async function inSession(url: string, write: (cursor: string) => Promise<Outcome>): Promise<Outcome> {
  const id = await counted(url, 'cursor', 3).catch(() => undefined);
  if (id === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 'refused';
  }
  const cursor = `${url}/${String(id)}`;
  const outcome = await write(cursor);
  await attempt(cursor, 'execute', "select repeat('x', 1000) from numbers where seq <= 3000");
  await attempt(cursor, 'fetchall');
  if (Math.random() < 0.7) await attempt(cursor, 'close');
  return outcome;
}

/** Repeats a call whose response was lost: it is made once. */
async function attemptOnce(cursor: string, entries: readonly string[]): Promise<Outcome> {
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt(cursor, 'once', 1, 'executemany', [INSERT, rowsOf(entries)]);
    if (outcome !== 'lost' || attempts === 3) return outcome;
  }
}

function rowsOf(entries: readonly string[]): string[][] {
  return entries.map((entry) => [entry]);
}

function insert(entries: readonly string[]) {
  return named('executemany', INSERT, rowsOf(entries));
}

function named(methodName: string, ...params: unknown[]) {
  return { methodName, params };
}
