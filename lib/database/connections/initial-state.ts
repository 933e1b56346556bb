import type { CommandAnswer } from '../driver/command-batch.js';
import { SOME_UTF8 } from './literal-charset.js';
import { type Preparation, step, useSteps } from './preparation.js';
import { Restoration, type RestorationParts, textOf } from './restoration.js';
import { PROFILES, type ServerProperties, STATE, schemaIn } from './server-properties.js';

/** The statements before it can change it. It is asked for before the checks, which set FOUND_ROWS() to 0. */
const LITERAL_COLLATION = step('SELECT @@collation_connection');

const SCHEMA_COLLATION = step('SELECT @@collation_database');

/**
 * The state that a connection has when a session gets it, which each reset must restore. It is what the configured
 * statements make it. The server is asked for it once, so that a reset is verified by what MySQL reports and not by
 * what is known of the session's statements.
 */
export class InitialState {
  readonly server: ServerProperties;
  /** What makes the server read the privileges of the schema again; nothing if there is no schema. */
  readonly use: readonly Buffer[];
  /** Restores the state whatever the session has done, and reads the privileges of the schema again. */
  readonly whole: Restoration;
  /**
   * Restores the state behind a session of which MySQL has reported no change. It does without the commands that are
   * half of the time of a reset, and checks the same state.
   */
  readonly unchanged: Restoration;
  readonly #expected: readonly (CommandAnswer | undefined)[];
  readonly #schemaCollation: string | undefined;

  /** @param state the answers to `STATE_QUESTIONS` of a connection that is prepared */
  constructor(preparation: Preparation, state: readonly CommandAnswer[]) {
    const { server, steps, stepsWithoutUse, changesState } = preparation;
    const schema = schemaIn(state);
    const literalCollation = changesState ? LITERAL_COLLATION : undefined;
    // What the schema has by default is read again by USE.
    this.#expected = schema === undefined ? state : state.slice(0, 2);
    this.#schemaCollation = schema === undefined ? undefined : textOf(state[2]);
    this.server = server;
    this.use = schema === undefined ? [] : useSteps(schema, server.kind).map(({ command }) => command);
    this.whole = new Restoration({
      steps,
      literalCollation,
      schemaCollation: schema === undefined ? undefined : SCHEMA_COLLATION,
      profiles: server.hasProfiles ? step(PROFILES) : undefined,
      ...checked(preparation, differenceFrom(this.#expected)),
    });
    this.unchanged = new Restoration({
      steps: stepsWithoutUse,
      literalCollation,
      ...(server.kind === 'MariaDB'
        ? checked(preparation, differenceFrom(this.#expected), this.#schemaCollation)
        : checked(preparation, differenceFrom(state))),
    });
  }

  /** `collation_connection` of a connection that is prepared. @param answers to `whole` */
  literalCollation(answers: readonly CommandAnswer[]): string {
    return this.whole.literalCollation(answers) ?? SOME_UTF8;
  }

  /** Whether the schema has the collation that `unchanged` sets or expects. @param answers to `whole` */
  isOf(answers: readonly CommandAnswer[]): boolean {
    return this.whole.schemaCollation(answers) === this.#schemaCollation;
  }

  /** What is not as it was, in words. @param answers to `STATE_QUESTIONS` */
  difference(answers: readonly CommandAnswer[]): string {
    const different = this.#expected.flatMap((expected, i) => {
      const [value, found] = [textOf(expected), textOf(answers[i])];
      return value === found ? [] : [`${STATE[i]?.[0]} is ${found ?? 'none'} instead of ${value ?? 'none'}`];
    });
    return `The reset has not restored the connection: ${different.join(', ')}.`;
  }
}

/**
 * The last steps, which find what is not as it was. In MariaDB, a subquery sets FOUND_ROWS() too, and saves a command:
 * there is no value 2, so that the SET fails.
 */
function checked(
  preparation: Preparation,
  difference: string,
  schemaCollation?: string,
): Pick<RestorationParts, 'difference' | 'last'> {
  if (preparation.server.kind === 'MySQL') return { difference: step(difference), last: preparation.last() };
  return { last: preparation.last(`IF(EXISTS(${difference}), 2, 1)`, schemaCollation) };
}

/** A query that finds a row if the answers to `STATE_QUESTIONS` would be others. */
function differenceFrom(state: readonly (CommandAnswer | undefined)[]): string {
  const conditions = state.flatMap((answer, i) => equals(STATE[i]?.[1] ?? '', answer));
  return `SELECT 1 FROM DUAL WHERE NOT (${conditions.join(' AND ')})`;
}

/** A condition that an expression has the value of the answer; none if the server does not have it. */
function equals(expression: string, answer: CommandAnswer | undefined): string[] {
  if (answer === undefined || answer.error) return [];
  const value = textOf(answer);
  const literal = value === undefined ? 'NULL' : `_utf8mb4 x'${Buffer.from(value).toString('hex')}'`;
  return [`${expression} <=> ${literal}`];
}
