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

/** Closes sessions, stops statements and pauses the database at random until `ended`. */
export async function operate(admin: string, ended: () => boolean): Promise<Interventions> {
  const done: Interventions = { closed: 0, cancelled: 0, paused: 0 };
  while (!ended()) {
    await wait(50 + Math.random() * 200);
    // A session may have ended meanwhile.
    await intervene(admin, done).catch(() => {});
  }
  return done;
}

async function intervene(admin: string, done: Interventions): Promise<void> {
  const chance = Math.random();
  if (chance < 0.05) {
    const paused = counted(admin, 'pause', DATABASE, 10).catch(() => {});
    await wait(500);
    await counted(admin, 'resume', DATABASE);
    await paused;
    done.paused++;
    return;
  }
  const sessions = (await counted(admin, 'sessions')) as { readonly session: string }[];
  const { session } = sessions[Math.floor(Math.random() * sessions.length)] ?? {};
  if (session === undefined) return;
  if (chance < 0.5) {
    await counted(admin, 'close', session);
    done.closed++;
  } else if (await counted(admin, 'cancel', session)) done.cancelled++;
}
