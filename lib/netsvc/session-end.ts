import { aborted } from './fault-texts.js';
import { FAULTS } from './faults.js';
import type { SessionEndReason } from './observer.js';
import { ServiceFailure } from './service-failure.js';

/** Returns how a session ended, as its owner is told. @param timeout its idle time in seconds */
export function endText(end: SessionEndReason, timeout: number): string {
  if (end === 'expired') return `Session expired after ${timeout} s of inactivity`;
  if (end === 'operator') return 'Session closed by an operator';
  return end === 'drained' ? 'Session closed by a shutdown' : 'Session closed';
}

/** Returns what a call fails with that is running when its session ends. @param timeout its idle time in seconds */
export function endFailure(end: SessionEndReason, timeout: number): ServiceFailure {
  return end === 'drained' ? ServiceFailure.shuttingDown() : aborted(`${endText(end, timeout)}.`);
}

/**
 * The failure of a request whose session was closed while it waited. The client gets 404, as for every closed session.
 */
export class SessionClosed extends ServiceFailure {
  /** @param ending how the session ended, as its owner is told */
  constructor(readonly ending: string) {
    const { code, description, origin } = FAULTS.RESPONSE_ABORTED;
    super(code, description, origin, `${ending}.`);
  }
}
