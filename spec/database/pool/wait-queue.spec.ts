import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { PoolClient } from '#lib/database/pool/pool-client.js';
import { WaitQueue } from '#lib/database/pool/wait-queue.js';
import { FakeClock } from '../../support/fake-clock.js';

const USERS = ['ada', 'bob', 'eve'];
const MAX_LENGTH = 4;

type Client = PoolClient<number>;

const user = fc.constantFrom(...USERS);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('wait' as const), user }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('serve' as const) }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('give back' as const), user }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), user }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('abort' as const), which: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('share' as const), share: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reject' as const) }) },
);

/** The same with lists that are searched. */
class Model {
  share = 2;
  /** The numbers of the requests that wait, in order of arrival. */
  readonly waiting = new Map(USERS.map((user) => [user, [] as number[]]));
  /** By users, in the order in which they came. */
  readonly held = new Map<string, number>();
  /** The users of whom a request may be served, the next one first. */
  turns: string[] = [];

  get length(): number {
    return [...this.waiting.values()].flat().length;
  }

  get ready(): number {
    return USERS.reduce((sum, user) => sum + this.readyOf(user), 0);
  }

  heldBy(user: string): number {
    return this.held.get(user) ?? 0;
  }

  waitingOf(user: string): number[] {
    return this.waiting.get(user) ?? [];
  }

  arrive(user: string, number: number): void {
    this.waitingOf(user).push(number);
    this.held.set(user, this.heldBy(user));
  }

  readyOf(user: string): number {
    return Math.max(0, Math.min(this.waitingOf(user).length, this.share - this.heldBy(user)));
  }

  isFullFor(user: string): boolean {
    const waiting = USERS.filter((user) => this.waitingOf(user).length > 0).length;
    return this.length >= MAX_LENGTH && this.waitingOf(user).length * waiting >= MAX_LENGTH;
  }

  /** To be called after each step. */
  settle(): void {
    const left = this.turns.filter((user) => this.readyOf(user) > 0);
    const more = [...this.held.keys()].filter((user) => this.readyOf(user) > 0 && !left.includes(user));
    this.turns = [...left, ...more];
  }
}

describe('WaitQueue', () => {
  const queueOf = (options: Partial<ConstructorParameters<typeof WaitQueue<number>>[0]> = {}) =>
    new WaitQueue<number>({
      maxLength: MAX_LENGTH,
      timeout: 60,
      share: 2,
      timeoutError: ({ name }) => new Error(`${name} waited in vain`),
      onFull: () => {},
      ...options,
    });

  /** Gives a connection to the next request, and makes its client hold it. */
  const lend = (queue: WaitQueue<number>, connection = 1) => {
    queue.serve((client) => {
      queue.count(client);
      return connection;
    });
  };

  const outcome = (wait: Promise<number>) => wait.then(String, (error: Error) => error.message);

  it('serves users in turns and requests in order, within shares, whatever happens to them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const queue = queueOf();
        const model = new Model();
        const outcomes: string[] = [];
        const expected: string[] = [];
        const aborts = new Map<number, AbortController>();
        let served: Client | undefined;
        let number = 0;
        const leave = (user: string, number: number, outcome: string) => {
          model.waitingOf(user).splice(model.waitingOf(user).indexOf(number), 1);
          expected[number] = outcome;
        };
        const act = async (step: (typeof steps)[number]) => {
          if (step.kind === 'wait') {
            const own = ++number;
            const abort = new AbortController();
            aborts.set(own, abort);
            if (model.isFullFor(step.user))
              expected[own] = `${MAX_LENGTH} requests wait for a MySQL connection, which is the limit.`;
            else model.arrive(step.user, own);
            const wait = queue.wait({ user: step.user }, undefined, abort.signal);
            void wait.then(
              (connection) => {
                outcomes[own] = `connection ${connection}`;
              },
              (error: { details?: string; message: string }) => {
                outcomes[own] = error.details ?? error.message;
              },
            );
          } else if (step.kind === 'serve') {
            const next = model.turns.shift();
            const first = next === undefined ? undefined : model.waitingOf(next)[0];
            if (next !== undefined && first !== undefined) {
              leave(next, first, `connection ${first}`);
              model.held.set(next, model.heldBy(next) + 1);
            }
            queue.serve((client) => {
              served = client;
              queue.count(client);
              return first ?? -1;
            });
            expect(served?.key).to.equal(next ?? served?.key);
          } else if (step.kind === 'take') {
            if (!queue.mayHold(step)) return;
            model.held.set(step.user, model.heldBy(step.user) + 1);
            queue.count(queue.clientOf(step));
          } else if (step.kind === 'give back') {
            if (model.heldBy(step.user) === 0) return;
            model.held.set(step.user, model.heldBy(step.user) - 1);
            queue.uncount(queue.clientOf({ user: step.user }));
          } else if (step.kind === 'abort') {
            const user = USERS.find((user) => model.waitingOf(user).includes(step.which));
            if (user !== undefined) leave(user, step.which, 'gone');
            aborts.get(step.which)?.abort(new Error('gone'));
          } else if (step.kind === 'share') {
            model.share = queue.share = step.share;
          } else {
            for (const user of USERS) for (const own of [...model.waitingOf(user)]) leave(user, own, 'rejected');
            queue.rejectAll(new Error('rejected'));
          }
        };
        for (const step of steps) {
          await act(step);
          model.settle();
          await Promise.resolve();
          expect(queue.length).to.equal(model.length);
          expect(queue.ready).to.equal(model.ready);
          for (const user of USERS) expect(queue.mayHold({ user })).to.equal(model.heldBy(user) < model.share);
          const most = (counts: number[]) => Math.max(...counts) || undefined;
          expect(queue.holderOfMost('held')?.held).to.equal(most(USERS.map((user) => model.heldBy(user))));
          expect(queue.holderOfMost('waiting')?.held).to.equal(most(USERS.map((user) => model.waitingOf(user).length)));
        }
        await setImmediate();
        expect(outcomes).to.deep.equal(expected);
        queue.rejectAll(new Error('the end'));
      }),
      { numRuns: 100 },
    );
  });

  it('counts anonymous clients by their address, and says who holds the most', () => {
    const queue = queueOf();
    const [user, host] = [
      queue.clientOf({ user: 'ada', remoteAddress: '10.0.0.7' }),
      queue.clientOf({ remoteAddress: '10.0.0.7' }),
    ];
    expect([user.name, host.name]).to.deep.equal(['user ada', 'clients from 10.0.0.7']);
    expect(queue.clientOf({}).key).to.equal('');
    expect(queue.holderOfMost('held')).to.equal(undefined);
    queue.count(host);
    expect(queue.holderOfMost('held')).to.deep.equal({ host: '10.0.0.7', held: 1 });
    for (let i = 0; i < 2; i++) queue.count(user);
    expect(queue.holderOfMost('held')).to.deep.equal({ user: 'ada', held: 2 });
    expect(queue.mayHold({ user: 'ada' })).to.equal(false);
    expect(queue.mayHold({ user: '', remoteAddress: '10.0.0.7' })).to.equal(true);
  });

  it('tells who waits most when it refuses a request, and lets others wait', async () => {
    const holders: unknown[] = [];
    const queue = queueOf({ maxLength: 2, onFull: (holder) => holders.push(holder()) });
    const waits = [1, 2].map(() => outcome(queue.wait({ user: 'ada' })));
    const refused = await queue.wait({ user: 'ada' }).catch((error: unknown) => error);
    expect(refused).to.include({ details: '2 requests wait for a MySQL connection, which is the limit.' });
    expect(holders).to.deep.equal([{ user: 'ada', held: 2 }]);
    const others = ['bob', 'eve', 'dan'].map((user) => outcome(queue.wait({ user })));
    expect(queue.length).to.equal(5);
    queue.maxLength = 8;
    const more = outcome(queue.wait({ user: 'ada' }));
    queue.rejectAll(new Error('the end'));
    expect(await Promise.all([...waits, ...others, more])).to.deep.equal(Array(6).fill('the end'));
  });

  it('divides its length among the clients that wait now', async () => {
    const queue = queueOf({ maxLength: 3 });
    const served = outcome(queue.wait({ user: 'bob' }));
    lend(queue, 7);
    const waits = ['ada', 'ada', 'eve', 'eve'].map((user) => outcome(queue.wait({ user })));
    expect(queue.length, 'eve has less than half').to.equal(4);
    queue.rejectAll(new Error('the end'));
    expect(await Promise.all([served, ...waits])).to.deep.equal(['7', ...Array(4).fill('the end')]);
  });

  it('forgets clients that have nothing, but for a thousand, and none that has something', async () => {
    const queue = queueOf();
    const use = (user: string) => {
      const client = queue.clientOf({ user });
      queue.count(client);
      queue.uncount(client);
      return client;
    };
    const isKnown = (client: Client) => queue.clientOf({ user: client.key }) === client;
    const holder = queue.clientOf({ user: 'ada' });
    for (let i = 0; i < 2; i++) queue.count(holder);
    const kept = Array.from({ length: 999 }, (_, i) => use(String(i)));
    expect(kept.every(isKnown)).to.equal(true);
    expect(isKnown(use('one more'))).to.equal(false);
    queue.uncount(holder);
    expect(isKnown(holder)).to.equal(true);
    const waiter = queue.clientOf({ user: 'waiter' });
    const wait = outcome(queue.wait({ user: 'waiter' }));
    expect(isKnown(waiter)).to.equal(true);
    queue.rejectAll(new Error('the end'));
    expect(isKnown(waiter)).to.equal(false);
    await wait;
  });

  it('refuses the request of a client that has gone, before it waits', async () => {
    const queue = queueOf();
    expect(await outcome(queue.wait({ user: 'ada' }, undefined, AbortSignal.abort(new Error('gone'))))).to.equal(
      'gone',
    );
    expect(queue.length).to.equal(0);
  });

  describe('as time passes', () => {
    const clock = FakeClock.forEach();

    it('says that the share is the reason, also for a second after a connection has been given back', async () => {
      const queue = queueOf({ share: 2 });
      const client = queue.clientOf({ user: 'ada' });
      queue.count(client);
      queue.uncount(client);
      expect(queue.isLimited(client), 'it never had its share').to.equal(false);
      for (let i = 0; i < 2; i++) queue.count(client);
      expect(queue.isLimited(client)).to.equal(true);
      await clock.pass(5000);
      queue.uncount(client);
      expect(queue.isLimited(client)).to.equal(true);
      await clock.pass(999);
      expect(queue.isLimited(client)).to.equal(true);
      await clock.pass(1);
      expect(queue.isLimited(client)).to.equal(false);
      queue.count(client);
      queue.uncount(client);
      queue.share = 2;
      expect(queue.isLimited(client), 'the same share').to.equal(true);
      queue.share = 3;
      expect(queue.isLimited(client), 'of another share').to.equal(false);
    });

    const settled: string[] = [];

    const wait = (queue: WaitQueue<number>, user: string, since?: number, signal?: AbortSignal) =>
      void queue.wait({ user }, since, signal).then(
        (connection) => settled.push(`${user} ${connection}`),
        (error: Error) => settled.push(error.message),
      );

    /** What has settled after so many milliseconds more. */
    const settledAfter = async (milliseconds: number) => {
      await clock.pass(milliseconds);
      return settled.splice(0);
    };

    it('ends each wait when its time is over, from its arrival, or from when it began', async () => {
      const queue = queueOf({ timeout: 10 });
      wait(queue, 'ada');
      wait(queue, 'bob', clock.now - 4000);
      expect(await settledAfter(5999)).to.deep.equal([]);
      expect(await settledAfter(1)).to.deep.equal(['user bob waited in vain']);
      queue.timeout = 1;
      wait(queue, 'eve');
      expect(await settledAfter(1000)).to.deep.equal(['user eve waited in vain']);
      expect(await settledAfter(2999)).to.deep.equal([]);
      expect(queue.length).to.equal(1);
      expect(await settledAfter(1)).to.deep.equal(['user ada waited in vain']);
      expect([queue.length, clock.pending]).to.deep.equal([0, 0]);
    });

    it('forgets the deadlines of requests that were served or aborted', async () => {
      const queue = queueOf({ timeout: 10 });
      const [abort, served] = [new AbortController(), new AbortController()];
      wait(queue, 'ada');
      wait(queue, 'ada', undefined, abort.signal);
      wait(queue, 'bob', undefined, served.signal);
      lend(queue, 7);
      abort.abort(new Error('gone'));
      queue.rejectAll(new Error('rejected'));
      expect(clock.pending).to.equal(0);
      expect(getEventListeners(served.signal, 'abort')).to.deep.equal([]);
      expect(await settledAfter(20_000)).to.deep.equal(['ada 7', 'gone', 'rejected']);
      expect([queue.length, queue.ready]).to.deep.equal([0, 0]);
    });

    it('counts nothing while its clock is stopped, and begins anew', async () => {
      const queue = queueOf({ timeout: 10 });
      wait(queue, 'ada');
      expect(await settledAfter(9000)).to.deep.equal([]);
      queue.stopClock();
      wait(queue, 'bob');
      expect(await settledAfter(60_000)).to.deep.equal([]);
      queue.startClock();
      expect(await settledAfter(9999)).to.deep.equal([]);
      expect(await settledAfter(1)).to.deep.equal(['user ada waited in vain', 'user bob waited in vain']);
      wait(queue, 'eve');
      expect(await settledAfter(10_000)).to.deep.equal(['user eve waited in vain']);
    });
  });
});
