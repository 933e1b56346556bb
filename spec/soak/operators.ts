import { setTimeout as wait } from 'node:timers/promises';
import { counted } from './ledger-client.js';

/** What operators have done. */
export interface Interventions {
  closed: number;
  cancelled: number;
  paused: number;
}

/** The name of the database. */
const DATABASE = 'soak';

/** A call of an operator waits for the session that it closes. */
const OPERATORS = 5;

/** Closes sessions, stops statements and pauses the database at random until `ended`. */
export async function operate(admin: string, ended: () => boolean): Promise<Interventions> {
  const done: Interventions = { closed: 0, cancelled: 0, paused: 0 };
  const operator = async (pauses: boolean) => {
    while (!ended()) {
      await wait(50 + Math.random() * 200);
      // A session may have ended meanwhile.
      await intervene(admin, done, pauses && Math.random() < 0.05).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: OPERATORS }, (_, i) => operator(i === 0)));
  return done;
}

async function intervene(admin: string, done: Interventions, pauses: boolean): Promise<void> {
  if (pauses) {
    const paused = counted(admin, 'pause', DATABASE, 10).catch(() => {});
    await wait(500);
    await counted(admin, 'resume', DATABASE);
    await paused;
    done.paused++;
    return;
  }
  const cancels = Math.random() < 0.5;
  const all = (await counted(admin, 'sessions')) as { readonly session: string; readonly statement: string }[];
  const sessions = cancels ? all.filter(({ statement }) => statement !== '') : all;
  const { session } = sessions[Math.floor(Math.random() * sessions.length)] ?? {};
  if (session === undefined) return;
  if (!cancels) {
    await counted(admin, 'close', session);
    done.closed++;
  } else if (await counted(admin, 'cancel', session)) done.cancelled++;
}
