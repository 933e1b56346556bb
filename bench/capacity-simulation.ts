import type { Random } from '../spec/fuzz/random.js';
import type { Load, Workload } from './capacity-model.js';

/** A call that ends its wait at a time. */
interface Event {
  readonly at: number;
  readonly kind: 'call' | 'executed' | 'answered';
}

/** Events by time: a binary heap. */
class Timeline {
  readonly #events: Event[] = [];

  push(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = events[parent];
      if (above === undefined || above.at <= event.at) break;
      events[at] = above;
      at = parent;
    }
    events[at] = event;
  }

  pop(): Event | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [one, other] = [events[left], events[left + 1]];
      if (one === undefined) break;
      const least = other !== undefined && other.at < one.at ? left + 1 : left;
      const below = events[least];
      if (below === undefined || below.at >= last.at) break;
      events[at] = below;
      at = least;
    }
    events[at] = last;
    return first;
  }
}

export interface Simulated extends Load {
  /** Seconds that all but one of a hundred calls wait at most for the event loop. */
  readonly slowLoopWait: number;
}

/**
 * Simulates an instance: each session calls, waits for the event loop and for a MySQL connection, gets its response and
 * pauses. Pauses and statements have exponential durations.
 *
 * @param seconds of simulated time, after as many that are not counted
 */
export function simulate(workload: Workload, seconds: number, random: Random): Simulated {
  const { sessions, pause, call, largeShare, large, statement, connections } = workload;
  const exponential = (mean: number) => -Math.log(1 - random.next()) * mean;
  const timeline = new Timeline();
  for (let i = 0; i < sessions; i++) timeline.push({ at: exponential(pause), kind: 'call' });
  const end = 2 * seconds;
  const waiting: number[] = [];
  const loopWaits: number[] = [];
  let [calls, busyLoop, busyTime, connectionWaits, statements] = [0, 0, 0, 0, 0];
  let [loopFree, busy] = [0, 0];
  const start = (now: number, since: number) => {
    busy++;
    const took = exponential(statement);
    timeline.push({ at: now + took, kind: 'answered' });
    if (now < seconds) return;
    busyTime += took;
    connectionWaits += now - since;
    statements++;
  };
  for (let event = timeline.pop(); event !== undefined && event.at < end; event = timeline.pop()) {
    const { at: now, kind } = event;
    if (kind === 'call') {
      const work = random.next() < largeShare ? large : call;
      const begun = Math.max(now, loopFree);
      loopFree = begun + work;
      timeline.push({ at: loopFree, kind: 'executed' });
      if (now < seconds) continue;
      calls++;
      busyLoop += work;
      loopWaits.push(begun - now);
    } else if (kind === 'executed') {
      if (busy < connections) start(now, now);
      else waiting.push(now);
    } else {
      busy--;
      const next = waiting.shift();
      if (next !== undefined) start(now, next);
      timeline.push({ at: now + exponential(pause), kind: 'call' });
    }
  }
  loopWaits.sort((a, b) => a - b);
  return {
    callsPerSecond: calls / seconds,
    utilisation: busyLoop / seconds,
    loopWait: loopWaits.reduce((sum, wait) => sum + wait, 0) / calls,
    slowLoopWait: loopWaits[Math.floor(calls * 0.99)] ?? 0,
    busyConnections: busyTime / seconds,
    connectionWait: connectionWaits / statements,
  };
}
