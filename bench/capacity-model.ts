/** What clients do: each session makes a call, waits, and makes the next. */
export interface Workload {
  /** Sessions of one instance. */
  readonly sessions: number;
  /** Mean seconds between the response of a call and the next call. */
  readonly pause: number;
  /** Seconds of processor time of netsvc for a call, with its share of the opening and the closing of the session. */
  readonly call: number;
  /** The share of calls that take `large` seconds of processor time instead: those that fetch many rows. */
  readonly largeShare: number;
  readonly large: number;
  /** Mean seconds that a statement occupies a MySQL connection. */
  readonly statement: number;
  /** MySQL connections of one instance. */
  readonly connections: number;
}

/** What an instance needs, and how long calls wait in it. */
export interface Load {
  readonly callsPerSecond: number;
  /** The share of one core. */
  readonly utilisation: number;
  /** Mean seconds that a call waits for the event loop. */
  readonly loopWait: number;
  /** The mean number of MySQL connections that run a statement. */
  readonly busyConnections: number;
  /** Mean seconds that a statement waits for a connection. */
  readonly connectionWait: number;
}

/**
 * Predicts the load of an instance. Its event loop is a queue with one server (Pollaczek and Khinchine), its
 * connections one with several (Erlang's C). Calls arrive at random, which holds for many sessions that do little each.
 */
export function predict(workload: Workload): Load {
  const { sessions, pause, call, largeShare, large, statement, connections } = workload;
  const meanCall = (1 - largeShare) * call + largeShare * large;
  const squaredCall = (1 - largeShare) * call ** 2 + largeShare * large ** 2;
  let callsPerSecond = sessions / pause;
  let [utilisation, loopWait, connectionWait] = [0, 0, 0];
  // A session that waits makes no calls, so the rate depends on the waits. A few rounds are enough.
  for (let round = 0; round < 100; round++) {
    utilisation = callsPerSecond * meanCall;
    if (utilisation >= 1 || callsPerSecond * statement >= connections) {
      callsPerSecond *= 0.95;
      continue;
    }
    loopWait = (callsPerSecond * squaredCall) / (2 * (1 - utilisation));
    connectionWait = waitFor(callsPerSecond * statement, connections) * statement;
    callsPerSecond = sessions / (pause + loopWait + meanCall + connectionWait + statement);
  }
  const busyConnections = callsPerSecond * statement;
  return { callsPerSecond, utilisation, loopWait, busyConnections, connectionWait };
}

/** Returns the mean wait for one of `servers`, in service times, at `offered` Erlang: less than `servers`. */
function waitFor(offered: number, servers: number): number {
  // The inverse of Erlang's B, by its recursion.
  let inverse = 1;
  for (let server = 1; server <= servers; server++) inverse = 1 + (inverse * server) / offered;
  const utilisation = offered / servers;
  const waiting = 1 / (inverse - utilisation * (inverse - 1));
  return waiting / (servers - offered);
}
