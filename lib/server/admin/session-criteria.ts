import { HostSet } from '../../access/host-rules.js';
import { incorrect } from '../../netsvc/fault-texts.js';
import { mistyped } from '../../netsvc/method-declaration.js';
import { Decimal, Double, type Struct, type Value } from '../../xmlrpc/value.js';
import { type DescribedSession, SESSION_STATES } from '../observation/described-session.js';

/** What a session can be selected by: texts and numbers are compared, times are the least, in seconds. */
const CRITERIA = {
  session: 'text',
  user: 'text',
  host: 'text',
  database: 'text',
  state: 'text',
  pinReason: 'text',
  connection: 'number',
  age: 'time',
  idle: 'time',
  statementAge: 'time',
  transactionAge: 'time',
} as const;

export type Criterion = keyof typeof CRITERIA;

export const CRITERION_NAMES = Object.keys(CRITERIA) as Criterion[];

/** By name. */
type Given = Readonly<Partial<Record<Criterion, string | number>>>;

/** Selects sessions: those for which all criteria hold. */
export class SessionCriteria {
  /** For the log, and for links. */
  readonly given: Given;
  readonly #hosts: HostSet | undefined;

  private constructor(given: Given) {
    this.given = given;
    this.#hosts = given.host === undefined ? undefined : hostSet(String(given.host));
    if (given.state !== undefined && !SESSION_STATES.some((state) => state === given.state)) {
      throw incorrect(`state: expected ${SESSION_STATES.join(', ')}, received ${quoted(given.state)}.`);
    }
  }

  /** Those of an XML-RPC struct. @throws {ServiceFailure} 56 */
  static ofStruct(struct: Struct): SessionCriteria {
    return new SessionCriteria(
      Object.fromEntries(Object.entries(struct).map(([name, value]) => [name, criterionValue(criterion(name), value)])),
    );
  }

  /** Those of the query of a URL, in which fields that are empty say nothing. @throws {ServiceFailure} 56 */
  static ofQuery(query: Iterable<readonly [string, string]>): SessionCriteria {
    const fields = [...query].filter(([, text]) => text !== '');
    return new SessionCriteria(Object.fromEntries(fields.map(([name, text]) => [name, parsed(criterion(name), text)])));
  }

  /** All sessions are selected. */
  get isEmpty(): boolean {
    return Object.keys(this.given).length === 0;
  }

  select(sessions: readonly DescribedSession[]): DescribedSession[] {
    return this.isEmpty ? [...sessions] : sessions.filter((session) => this.#matches(session));
  }

  #matches(session: DescribedSession): boolean {
    return Object.entries(this.given).every(([name, value]) => {
      if (name === 'host') return session.host === value || this.#hosts?.has(session.host);
      const actual = name === 'database' ? session.endpoint : session[name as Exclude<Criterion, 'database'>];
      return CRITERIA[name as Criterion] === 'time' ? Number(actual) >= Number(value) : actual === value;
    });
  }
}

function criterion(name: string): Criterion {
  const found = CRITERION_NAMES.find((criterion) => criterion === name);
  if (found === undefined) throw incorrect(`${quoted(name)}: expected one of ${CRITERION_NAMES.join(', ')}.`);
  return found;
}

function criterionValue(name: Criterion, value: Value): string | number {
  if (CRITERIA[name] === 'text') {
    if (typeof value !== 'string') throw mistyped(name, 'string', value);
    return value;
  }
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (!isNumber && !(value instanceof Double || value instanceof Decimal)) throw mistyped(name, 'double', value);
  return numberOf(name, String(Number(value)));
}

function parsed(name: Criterion, text: string): string | number {
  return CRITERIA[name] === 'text' ? text : numberOf(name, text);
}

function numberOf(name: Criterion, text: string): number {
  const number = Number(text);
  const unit = CRITERIA[name] === 'time' ? 'seconds' : 'a number';
  if (!(number >= 0)) throw incorrect(`${name}: expected ${unit}, 0 or more, received ${quoted(text)}.`);
  return number;
}

function hostSet(text: string): HostSet {
  try {
    return new HostSet([text]);
  } catch (error) {
    throw incorrect(`host: ${(error as Error).message}.`);
  }
}

/** Characters of what a client has sent that are repeated in a fault. */
const MAX_QUOTED = 100;

function quoted(text: string | number): string {
  return JSON.stringify(String(text).slice(0, MAX_QUOTED));
}
