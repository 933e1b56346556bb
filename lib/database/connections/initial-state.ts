import type { CommandAnswer } from './command-batch.js';
import { SOME_UTF8 } from './literal-charset.js';
import { MysqlError, statementError } from './mysql-error.js';
import { type Preparation, type Step, step, useSteps } from './preparation.js';
import { PROFILES, type ServerProperties, STATE, schemaIn } from './server-properties.js';

/** The statements before it can change it. It is asked for before the checks, which set FOUND_ROWS() to 0. */
const LITERAL_COLLATION = step('SELECT @@collation_connection');

/**
 * The state that a connection has when a session gets it, which each reset must restore. It is what the configured
 * statements make it. The server is asked for it once, so that a reset is verified by what MySQL reports and not by
 * what is known of the session's statements.
 */
export class InitialState {
  readonly server: ServerProperties;
  /** What makes the server read the privileges of the schema again; nothing if there is no schema. */
  readonly use: readonly Buffer[];
  readonly #steps: readonly Step[];
  readonly #expected: readonly (CommandAnswer | undefined)[];
  /** How many steps before the last one find nothing in the initial state. */
  readonly #checks: number;
  readonly #asksCollation: boolean;

  /** @param state the answers to `STATE_QUESTIONS` of a connection that is prepared */
  constructor(preparation: Preparation, state: readonly CommandAnswer[]) {
    const { server, steps, changesState } = preparation;
    const schema = schemaIn(state);
    // What the schema has by default is read again by USE.
    this.#expected = schema === undefined ? state : state.slice(0, 2);
    const conditions = this.#expected.flatMap((answer, i) => equals(STATE[i]?.[1] ?? '', answer));
    // A query that finds nothing sets FOUND_ROWS() to 0, which a reset keeps.
    const difference = `SELECT 1 FROM DUAL WHERE NOT (${conditions.join(' AND ')})`;
    const inSet = server.kind === 'MariaDB';
    const checks = [...(server.hasProfiles ? [step(PROFILES)] : []), ...(inSet ? [] : [step(difference)])];
    this.server = server;
    this.use = schema === undefined ? [] : useSteps(schema, server.kind).map(({ command }) => command);
    this.#checks = checks.length;
    // In MariaDB, a subquery sets FOUND_ROWS() too, and saves a command: there is no value 2, so that the SET fails.
    const restore = preparation.last(inSet ? `IF(EXISTS(${difference}), 2, 1)` : undefined);
    this.#steps = [...steps, ...(changesState ? [LITERAL_COLLATION] : []), ...checks, restore];
    this.#asksCollation = changesState;
  }

  /** `collation_connection` after the commands that were answered so. */
  collation(answers: readonly CommandAnswer[]): string {
    return this.#asksCollation ? (textOf(answers.at(-2 - this.#checks)) ?? '') : SOME_UTF8;
  }

  /** What prepares a connection behind the command that resets it. */
  get commands(): Buffer[] {
    return this.#steps.map(({ command }) => command);
  }

  /** Why the answers to `commands` do not show the initial state; undefined if they do. */
  failure(answers: readonly CommandAnswer[]): Error | undefined {
    const last = answers.at(-1)?.error;
    if (last !== undefined && last.errno === ER_WRONG_VALUE_FOR_VAR && this.server.kind === 'MariaDB') {
      return new NotRestored();
    }
    const failure = failureOf(this.#steps, answers);
    if (failure) return failure;
    const found = answers.slice(-1 - this.#checks, -1).map(({ rows }) => rows.length > 0);
    if (!found.includes(true)) return undefined;
    return this.server.hasProfiles && found[0] === true ? new Error(LEFT_PROFILES) : new NotRestored();
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

const ER_WRONG_VALUE_FOR_VAR = 1231;

const LEFT_PROFILES = 'The reset has not restored the connection: SHOW PROFILES returns statements.';

/** A check has found that the connection is not as it was. `InitialState.difference` says what differs. */
export class NotRestored extends Error {}

/** The first error, with the step that it is of. */
export function failureOf(steps: readonly Step[], answers: readonly CommandAnswer[]): MysqlError | undefined {
  for (const [i, { what }] of steps.entries()) {
    const cause = answers[i]?.error;
    if (cause === undefined) continue;
    const error = statementError(cause);
    return what === '' ? error : new MysqlError(error.errno, `${what}: ${error.message}`, { cause });
  }
  return undefined;
}

/** A condition that an expression has the value of the answer; none if the server does not have it. */
function equals(expression: string, answer: CommandAnswer | undefined): string[] {
  if (answer === undefined || answer.error) return [];
  const value = textOf(answer);
  const literal = value === undefined ? 'NULL' : `_utf8mb4 x'${Buffer.from(value).toString('hex')}'`;
  return [`${expression} <=> ${literal}`];
}

/** The value that a question was answered with; undefined if it is NULL, or if there is none. */
function textOf(answer: CommandAnswer | undefined): string | undefined {
  return answer?.rows[0]?.[0];
}
