import { call, type Fault } from '../support/client.js';

/** The outcomes of the entries that a client wrote. */
export interface Outcomes {
  readonly acknowledged: string[];
  readonly refused: string[];
  /** The response was lost. */
  readonly unknown: string[];
  rounds: number;
}

type Outcome = 'done' | 'refused' | 'lost';

/** Faults after which it is not known whether the statement was executed. */
const LOST: readonly number[] = [2013, 58, 1317, 1053, 1927];

async function attempt(url: string, method: string, ...params: unknown[]): Promise<Outcome> {
  try {
    await call(url, method, ...params);
    return 'done';
  } catch (error) {
    const { faultCode } = error as Fault;
    return faultCode !== undefined && !LOST.includes(faultCode) ? 'refused' : 'lost';
  }
}

/** Writes to a ledger until `ended`, in sessions that it closes and sessions that it abandons. */
export async function keepLedger(url: string, name: string, ended: () => boolean): Promise<Outcomes> {
  const outcomes: Outcomes = { acknowledged: [], refused: [], unknown: [], rounds: 0 };
  while (!ended()) {
    outcomes.rounds++;
    await round(url, `${name}-${outcomes.rounds}`, outcomes);
  }
  return outcomes;
}

async function round(url: string, name: string, { acknowledged, refused, unknown }: Outcomes): Promise<void> {
  const id = await call(url, 'cursor', 3).catch(() => undefined);
  if (id === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return;
  }
  const cursor = `${url}/${String(id)}`;
  const entries = [`${name}-0`, `${name}-1`];
  // Many rows are one statement: all of them exist, or none.
  const outcome = await attempt(
    cursor,
    'executemany',
    'insert into ledger (entry) values (%s)',
    entries.map((entry) => [entry]),
  );
  ({ done: acknowledged, refused, lost: unknown })[outcome].push(...entries);
  await attempt(cursor, 'execute', 'select count(*) from ledger');
  await attempt(cursor, 'fetchall');
  if (Math.random() < 0.7) await attempt(cursor, 'close');
}
