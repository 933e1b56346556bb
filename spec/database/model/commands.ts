import { expect } from 'chai';
import fc from 'fast-check';
import { SESSIONS, statements } from './statements.js';
import type { Way, World } from './worlds.js';

export interface Worlds {
  readonly shared: World;
  readonly dedicated: World;
}

/** What of a session's state may have gone with a connection that was reclaimed. */
interface Lost {
  /** ROW_COUNT() and the warnings. */
  readonly outcome: boolean;
  readonly foundRows: boolean;
}

/** What sessions may have lost. */
export type Model = Map<number, Lost>;

const NOTHING: Lost = { outcome: false, foundRows: false };
const ALL: Lost = { outcome: true, foundRows: true };

/** Statements that read the outcome of the statement before. */
const READS_OUTCOME = /row_count|warning|errors|diagnostics/i;
const READS_FOUND_ROWS = /found_rows/i;

/** Statements that may read anything, unseen. */
const MAY_READ = /from (last|plain)\{n\}|(calls|format)\{n\}|call |\bf\{n\}|(into|from) v*[dg]\{n\}|odd|execute /i;

/**
 * Statements with an outcome of their own, and those that set FOUND_ROWS(). Of a query of a derived table, the gateway
 * does not assume that it clears the warnings of before.
 */
const HAS_OUTCOME = /^(insert|update|delete|replace|select\b(?!.*\bfrom \().*\bfrom t\{n\})/i;
const SETS_FOUND_ROWS = /^select\b.*\bfrom t\{n\}/i;

function mayBeLost(statement: string, { outcome, foundRows }: Lost): boolean {
  if (outcome && READS_OUTCOME.test(statement)) return true;
  if (foundRows && READS_FOUND_ROWS.test(statement)) return true;
  return (outcome || foundRows) && MAY_READ.test(statement);
}

class Execute implements fc.AsyncCommand<Model, Worlds> {
  constructor(
    readonly session: number,
    readonly statement: string,
    readonly way: Way,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, { shared, dedicated }: Worlds): Promise<void> {
    const { session, statement, way } = this;
    const lost = model.get(session) ?? NOTHING;
    const seen = await shared.execute(session, statement, way);
    // The statement has not run, and the session goes on with what it had.
    if (seen.lost && mayBeLost(statement, lost)) return;
    const expected = await dedicated.execute(session, statement, way);
    expect(seen.answer).to.equal(expected.answer);
    if (/faultCode|^\d+ /.test(seen.answer)) return;
    const outcome = lost.outcome && !HAS_OUTCOME.test(statement);
    model.set(session, { outcome, foundRows: lost.foundRows && !SETS_FOUND_ROWS.test(statement) });
  }

  toString(): string {
    return `${this.session}: ${this.statement}${this.way === 'calls' ? '' : ` (${this.way})`}`;
  }
}

class RunOutside implements fc.AsyncCommand<Model, Worlds> {
  constructor(
    readonly method: 'session' | 'transaction',
    readonly statements: readonly string[],
  ) {}

  check(): boolean {
    return true;
  }

  async run(_: Model, { shared, dedicated }: Worlds): Promise<void> {
    const seen = await shared.outside(this.method, this.statements);
    const expected = await dedicated.outside(this.method, this.statements);
    expect(seen.answer).to.equal(expected.answer);
  }

  toString(): string {
    return `${this.method}: ${this.statements.join('; ')}`;
  }
}

/** Other sessions need all connections, or an operator pauses the database. */
class Reclaim implements fc.AsyncCommand<Model, Worlds> {
  constructor(readonly by: 'disturb' | 'pause') {}

  check(): boolean {
    return true;
  }

  async run(model: Model, { shared }: Worlds): Promise<void> {
    for (let session = 0; session < SESSIONS; session++) model.set(session, ALL);
    await shared[this.by]();
  }

  toString(): string {
    return this.by === 'pause' ? 'an operator pauses' : 'others need all connections';
  }
}

/** An operator closes a session, or stops its statement. */
class Intervene implements fc.AsyncCommand<Model, Worlds> {
  constructor(
    readonly session: number,
    readonly by: 'close' | 'cancel',
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, { shared, dedicated }: Worlds): Promise<void> {
    const { session, by } = this;
    if (by === 'close') {
      await Promise.all([shared, dedicated].map((world) => world.closeByOperator(session)));
      model.delete(session);
    } else {
      const [seen, expected] = await Promise.all([shared.cancel(session), dedicated.cancel(session)]);
      expect(seen.answer).to.equal(expected.answer);
      // What stops it is followed by a statement of the gateway's own.
      model.set(session, ALL);
    }
  }

  toString(): string {
    return `an operator: ${this.by} ${this.session}`;
  }
}

const session = () => fc.nat(SESSIONS - 1);

/** Statements in sessions, and outside of them. */
export function calls(): fc.Arbitrary<fc.AsyncCommand<Model, Worlds>> {
  const way = fc.constantFrom<Way>('calls', 'calls', 'batch', 'once');
  const method = fc.constantFrom('session' as const, 'transaction' as const);
  const execute = fc.tuple(session(), statements(), way).map((given) => new Execute(...given));
  const outside = fc.tuple(method, fc.array(statements(), { minLength: 1, maxLength: 4 }));
  return fc.oneof(
    { weight: 12, arbitrary: execute },
    { weight: 1, arbitrary: outside.map((given) => new RunOutside(...given)) },
  );
}

/** Sessions lose their connections. */
export function reclaims(): fc.Arbitrary<fc.AsyncCommand<Model, Worlds>> {
  return fc.constantFrom<'disturb' | 'pause'>('disturb', 'disturb', 'pause').map((by) => new Reclaim(by));
}

/** Operators close sessions and stop statements. */
export function interventions(): fc.Arbitrary<fc.AsyncCommand<Model, Worlds>> {
  return fc
    .tuple(session(), fc.constantFrom('close' as const, 'cancel' as const))
    .map((given) => new Intervene(...given));
}
