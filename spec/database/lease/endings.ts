import { answerOf, type EndedSession, type MadeCall } from '../../support/ended-session.js';
import { until } from '../../support/until.js';

/** How a session ends, or the client of its call. */
export interface Ending {
  /** Makes the call; over HTTP by default. */
  readonly make?: (ended: EndedSession, method: string, params: readonly unknown[]) => MadeCall;
  /** No call is running. */
  readonly withoutCall?: boolean;
  /** Only the call ends. */
  readonly leavesOpen?: boolean;
  /** The end refuses the calls that wait. */
  readonly refusesWaiting?: boolean;
  /** Resolves when the end has begun. */
  readonly begin: (ended: EndedSession, call?: MadeCall) => Promise<{ readonly done: Promise<unknown> }>;
  /** What the client of the running call is told. */
  readonly told: RegExp;
}

/** Makes a call over HTTP. */
export function makeCall({ client }: EndedSession, method: string, params: readonly unknown[]): MadeCall {
  return { answer: answerOf(client.call(method, ...params)), hangUp: () => {} };
}

async function closeByClient(ended: EndedSession) {
  const done = ended.client.call('close');
  done.catch(() => {});
  await until(() => !ended.isOpen, 1).catch(() => {
    throw new Error('the session is still open: close waits for the call');
  });
  return { done };
}

export const ENDINGS: Readonly<Record<string, Ending>> = {
  'its client closes it': { begin: closeByClient, refusesWaiting: true, told: /Session closed/ },
  'an operator closes it': {
    begin: async ({ session }) => ({ done: session.closeFor('operator') }),
    refusesWaiting: true,
    told: /Session closed by an operator/,
  },
  'the server shuts down': { begin: (ended) => ended.shutDown(), told: /The server is shutting down\./ },
  'the server shuts down during a call of once': {
    make: (ended, method, params) => makeCall(ended, 'once', [1, method, params]),
    begin: (ended) => ended.shutDown(),
    told: /The server is shutting down\./,
  },
  'it expires': {
    withoutCall: true,
    begin: async (ended) => {
      ended.expire();
      return { done: until(() => !ended.isOpen) };
    },
    told: /Session expired/,
  },
  'its client hangs up': {
    make: (ended, method, params) => ended.callHere(method, ...params),
    leavesOpen: true,
    begin: async (_, call) => {
      call?.hangUp();
      return { done: Promise.resolve() };
    },
    told: /The client disconnected/,
  },
  'its client hangs up a call of once, and closes it,': {
    make: (ended, method, params) => ended.callHere('once', 1, method, params),
    begin: async (ended, call) => {
      call?.hangUp();
      return closeByClient(ended);
    },
    told: /[Ss]ession (was )?closed/,
  },
};
