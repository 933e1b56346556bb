import { expect } from 'chai';
import fc from 'fast-check';
import { ServiceFailure } from '#lib/index.js';
import type { Refusal } from '#lib/netsvc/refusal.js';
import { SessionLimits, type SessionMaxima } from '#lib/netsvc/session-limits.js';

const USERS = ['', 'ada', 'bob'];
const HOSTS = ['10.0.0.1', '10.0.0.2'];
const SERVICES = ['shop', 'stock', 'unlimited'];

interface Session {
  readonly user: string;
  readonly remoteAddress: string;
  readonly service: string;
}

const maximum = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
const maxima = fc.record({ maxSessions: maximum, maxSessionsPerUser: maximum, maxSessionsPerHost: maximum });
const session = fc.record({
  user: fc.constantFrom(...USERS),
  remoteAddress: fc.constantFrom(...HOSTS),
  service: fc.constantFrom(...SERVICES),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('open' as const), session }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('close' as const), which: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), all: maxima, shop: maxima, stock: maxima }),
  },
);

/** Returns why one more session of them is refused, by searching all. */
function refusalOf(open: Session[], { user, remoteAddress }: Session, maxima: SessionMaxima, service?: string) {
  const { maxSessions, maxSessionsPerUser, maxSessionsPerHost } = maxima;
  const reached = (whose: (session: Session) => boolean, limit = Number.POSITIVE_INFINITY) =>
    open.filter(whose).length >= limit;
  const of = service === undefined ? '' : ` of ${service}`;
  const all = service === undefined ? 'sessions' : 'sessions_of_database';
  if (reached(() => true, maxSessions)) {
    return [`${maxSessions} sessions${of} are open, which is the limit.`, { resource: all }] as const;
  }
  if (user !== '' && reached((one) => one.user === user, maxSessionsPerUser)) {
    const refusal = { resource: 'sessions_of_user', user };
    return [`${maxSessionsPerUser} sessions${of} are open of user ${user}, which is the limit.`, refusal] as const;
  }
  if (reached((one) => one.remoteAddress === remoteAddress, maxSessionsPerHost)) {
    const refusal = { resource: 'sessions_of_host', host: remoteAddress };
    return [
      `${maxSessionsPerHost} sessions${of} are open from ${remoteAddress}, which is the limit.`,
      refusal,
    ] as const;
  }
  return undefined;
}

describe('SessionLimits', () => {
  it('refuse what a search of all sessions would, by the limits of all and of a service', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const refusals: Refusal[] = [];
        const limits = new SessionLimits({}, { refused: (refusal) => refusals.push(refusal) });
        let all: SessionMaxima = {};
        let services = new Map<string, SessionMaxima>();
        const open: Session[] = [];
        const expected = (session: Session) => {
          const own = services.get(session.service);
          const ofService = open.filter(({ service }) => service === session.service);
          const found = refusalOf(open, session, all);
          if (found) return { details: found[0], refusal: { ...found[1], database: undefined } };
          const inService = own && refusalOf(ofService, session, own, session.service);
          return inService && { details: inService[0], refusal: { ...inService[1], database: session.service } };
        };
        for (const step of steps) {
          if (step.kind === 'replace') {
            all = step.all;
            services = new Map([
              ['shop', step.shop],
              ['stock', step.stock],
            ]);
            limits.replace({ ...all, services });
            expect(limits.maxSessions).to.equal(all.maxSessions ?? Number.POSITIVE_INFINITY);
          } else if (step.kind === 'close') {
            const [closed] = open.splice(step.which, 1);
            if (closed) limits.release(closed, closed.service);
          } else {
            const refused = expected(step.session);
            let details: unknown;
            try {
              limits.admit(step.session, step.session.service);
              open.push(step.session);
            } catch (error) {
              if (!(error instanceof ServiceFailure)) throw error;
              details = error.details;
            }
            expect(details).to.equal(refused?.details);
            const { holder, ...refusal }: Partial<Refusal> = refusals.pop() ?? {};
            expect(refusal).to.deep.equal(refused?.refusal ?? {});
            if (holder) expectTop(open, holder(), refusal.database);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  /** @param database whose sessions are counted; undefined: those of all, with the one that has the most */
  const expectTop = (open: Session[], holder: unknown, database: string | undefined) => {
    const most = (key: 'user' | 'service', counted: Session[]) =>
      Math.max(...counted.map((session) => counted.filter((one) => one[key] === session[key]).length));
    const counted = database === undefined ? open : open.filter(({ service }) => service === database);
    const top = holder as { user: string; held: number; database?: string };
    expect(top.held).to.equal(most('user', counted));
    expect(counted.filter(({ user }) => user === top.user)).to.have.length(top.held);
    if (database !== undefined) return;
    const inTop = open.filter(({ service }) => service === top.database);
    expect(inTop).to.have.length(most('service', open));
  };
});
