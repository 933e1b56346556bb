import type { CommandAnswer } from '../driver/command-batch.js';
import { statementError } from '../driver/driver-error.js';
import { MysqlError } from '../errors/mysql-error.js';
import type { Step } from './preparation.js';

const ER_WRONG_VALUE_FOR_VAR = 1231;

const LEFT_PROFILES = 'The reset has not restored the connection: SHOW PROFILES returns statements.';

/** A check has found that the connection is not as it was. `InitialState.difference` says what differs. */
export class NotRestored extends Error {}

/** The roles of the steps of a `Restoration`, each of which is optional. */
export interface RestorationParts {
  readonly steps: readonly Step[];
  /** Asks for `collation_connection`, behind the statements that can change it. */
  readonly literalCollation?: Step | undefined;
  /** Asks for the collation of the schema. */
  readonly schemaCollation?: Step | undefined;
  /** Finds the statements that a session has left. */
  readonly profiles?: Step | undefined;
  /** Finds a row if the state is not the initial one. A query that finds nothing sets FOUND_ROWS() to 0. */
  readonly difference?: Step | undefined;
  /** Fails with `ER_WRONG_VALUE_FOR_VAR` if the state is not the initial one, unless `difference` finds it. */
  readonly last: Step;
}

/** The commands that restore the initial state, behind the one that resets a connection, and what they must answer. */
export class Restoration {
  readonly commands: readonly Buffer[];
  readonly #parts: RestorationParts;
  readonly #steps: readonly Step[];

  constructor(parts: RestorationParts) {
    const { steps, literalCollation, schemaCollation, profiles, difference, last } = parts;
    const all = [...steps, literalCollation, schemaCollation, profiles, difference, last];
    this.#parts = parts;
    this.#steps = all.filter((step) => step !== undefined);
    this.commands = this.#steps.map(({ command }) => command);
  }

  /** Why the answers do not show the initial state; undefined if they do. */
  failure(answers: readonly CommandAnswer[]): Error | undefined {
    const { profiles, difference } = this.#parts;
    if (difference === undefined && answers.at(-1)?.error?.errno === ER_WRONG_VALUE_FOR_VAR) return new NotRestored();
    const failure = failureOf(this.#steps, answers);
    if (failure) return failure;
    if (this.#found(profiles, answers)) return new Error(LEFT_PROFILES);
    return this.#found(difference, answers) ? new NotRestored() : undefined;
  }

  /** `collation_connection`; undefined if it is not asked for. */
  literalCollation(answers: readonly CommandAnswer[]): string | undefined {
    return textOf(this.#answer(this.#parts.literalCollation, answers));
  }

  /** The collation of the schema; undefined if it is not asked for. */
  schemaCollation(answers: readonly CommandAnswer[]): string | undefined {
    return textOf(this.#answer(this.#parts.schemaCollation, answers));
  }

  #found(step: Step | undefined, answers: readonly CommandAnswer[]): boolean {
    return (this.#answer(step, answers)?.rows.length ?? 0) > 0;
  }

  #answer(step: Step | undefined, answers: readonly CommandAnswer[]): CommandAnswer | undefined {
    return step && answers[this.#steps.indexOf(step)];
  }
}

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

/** The value that a question was answered with; undefined if it is NULL, or if there is none. */
export function textOf(answer: CommandAnswer | undefined): string | undefined {
  return answer?.rows[0]?.[0];
}
