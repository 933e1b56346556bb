import { Turn, TurnQueue } from '../../turns/turns.js';

/** Apart from the long work of requests, so that clients that have not logged in do not delay it. */
const queue = new TurnQueue();

let turn: Turn | undefined;

/**
 * Whether the requests that have arrived together with others on their connection may go on at once: those of all
 * connections have one turn of the event loop together. A client can send thousands in one packet, which cost much more
 * to answer than to send.
 */
export function mayGoOn(): boolean {
  if (turn === undefined) {
    turn = new Turn();
    setImmediate(endTurn);
  }
  return !turn.isOver;
}

/** Resolves when a connection whose requests may not go on has its turn. */
export function nextRequestTurn(): Promise<void> {
  return queue.next();
}

function endTurn(): void {
  turn = undefined;
}
