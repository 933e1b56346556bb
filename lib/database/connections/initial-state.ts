import { CORRECT_FLAG, RESTORE_CHARSETS, TRACK_CHARSETS } from './client-charset.js';
import { type CommandAnswer, queryCommand, RESET_CONNECTION } from './command-batch.js';
import { SOME_UTF8 } from './literal-charset.js';
import { statementError } from './mysql-error.js';
import { type ServerKind, serverKindOf } from './server-kind.js';

/** A reset of MySQL sets the character sets that the server is configured for. */
const NAMES = 'NAMES utf8mb4';

/** Makes MySQL report state changes. */
const TRACKING = `session_track_state_change = 1, ${TRACK_CHARSETS}`;

/** What neither COM_RESET_CONNECTION nor, in MariaDB, COM_CHANGE_USER restores. */
const ROLE = 'CURRENT_ROLE()';
const SCHEMA = 'DATABASE()';
/** A reset keeps the schema, and forgets its collation if that is not the server's default. */
const COLLATION = '@@collation_database';
/** The texts of a session's statements. A query of information_schema.profiling costs four times as much. */
const PROFILES = 'SHOW PROFILES';

/** Configured statements can change it. It is asked for before the checks, which set FOUND_ROWS() to 0. */
const LITERAL_COLLATION = 'SELECT @@collation_connection';

/** Removes the optimizer's traces of a session's statements, which neither command does in MySQL. */
const TRACES = 'optimizer_trace_offset = DEFAULT';

/** Neither command restores it. Few accounts have the privilege to change it. */
const RESOURCE_GROUP = 'SET RESOURCE GROUP USR_default';

/** What a new connection is asked, for `InitialState.of`. */
export const INITIAL_QUESTIONS: readonly Buffer[] = [
  ...[
    'SELECT VERSION(), @@max_allowed_packet',
    ...[ROLE, SCHEMA, COLLATION].map((value) => `SELECT ${value}`),
    ...[PROFILES, `SET ${TRACKING}`, `SET ${TRACES}`, RESOURCE_GROUP],
  ].map(queryCommand),
  RESET_CONNECTION,
  queryCommand(`SELECT ${COLLATION}`),
];

/**
 * The state of a new connection, which each reset must restore. The server is asked for it once, so that a reset is
 * verified by what MySQL reports and not by what is known of the session's statements.
 */
export class InitialState {
  readonly #checks: number;
  readonly #asksCollation: boolean;

  private constructor(
    readonly server: ServerKind,
    /** The maximum length of a statement, in bytes. */
    readonly maxAllowedPacket: number,
    /** What prepares a connection for sessions, behind the commands that reset it. */
    readonly commands: readonly Buffer[],
    /** How many commands before the last one find nothing in the initial state. */
    checks: number,
    asksCollation: boolean,
  ) {
    this.#checks = checks;
    this.#asksCollation = asksCollation;
  }

  /**
   * Returns the state that the answers to `INITIAL_QUESTIONS` show.
   *
   * @param init the configured statements. They run first, so that they cannot undo the rest.
   * @throws {MysqlError}
   */
  static of(answers: readonly CommandAnswer[], init: readonly string[]): InitialState {
    const [server, role, schema, collation, profiles, tracking, traces, resourceGroup, , collationAfterReset] = answers;
    if (server?.error) throw statementError(server.error);
    const [version = '', maxAllowedPacket] = server?.rows[0] ?? [];
    const conditions = [equals(ROLE, role), equals(SCHEMA, schema), equals(COLLATION, collation)].filter(
      (condition) => condition !== '',
    );
    const kind = serverKindOf(version);
    // A query that finds nothing sets FOUND_ROWS() to 0, which a reset keeps.
    const difference = `SELECT 1 FROM DUAL WHERE NOT (${conditions.join(' AND ')})`;
    const checks = [...(profiles?.error ? [] : [PROFILES]), ...(kind === 'MariaDB' ? [] : [difference])];
    const variables = [
      ...(init.length > 0 ? [RESTORE_CHARSETS, CORRECT_FLAG] : [NAMES]),
      // Whatever the server's default. In MariaDB, a subquery sets FOUND_ROWS() too, and saves a command: there is no
      // value 2, so that the SET fails.
      kind === 'MariaDB' ? `autocommit = IF(EXISTS(${difference}), 2, 1)` : 'autocommit = 1',
      ...(tracking?.error ? [] : [TRACKING]),
      ...(traces?.error ? [] : [TRACES]),
    ];
    const name = firstValue(schema);
    const forgetsCollation = firstValue(collation) !== firstValue(collationAfterReset);
    const statements = [
      ...(name !== undefined && forgetsCollation ? [`USE \`${name.replaceAll('`', '``')}\``] : []),
      ...(resourceGroup?.error ? [] : [RESOURCE_GROUP]),
      ...(init.length > 0 ? [`SET ${NAMES}`, ...init, LITERAL_COLLATION] : []),
      ...checks,
      `SET ${variables.join(', ')}`,
    ];
    const preparation = statements.map(queryCommand);
    return new InitialState(kind, Number(maxAllowedPacket), preparation, checks.length, init.length > 0);
  }

  /** `collation_connection` after the commands that were answered so. */
  collation(answers: readonly CommandAnswer[]): string {
    return this.#asksCollation ? (firstValue(answers.at(-2 - this.#checks)) ?? '') : SOME_UTF8;
  }

  /** Why the answers to `commands` do not show the initial state; undefined if they do. */
  failure(answers: readonly CommandAnswer[]): Error | undefined {
    const failed = answers.find(({ error }) => error !== undefined);
    if (failed?.error) return statementError(failed.error);
    const checked = answers.slice(-1 - this.#checks, -1);
    return checked.some(({ rows }) => rows.length > 0)
      ? new Error('The reset has not restored the initial state of the connection.')
      : undefined;
  }
}

/** A condition that an expression has the value of the answer; '' if the server does not have it. */
function equals(expression: string, answer: CommandAnswer | undefined): string {
  if (answer === undefined || answer.error) return '';
  const value = firstValue(answer);
  const literal = value === undefined ? 'NULL' : `_utf8mb4 x'${Buffer.from(value).toString('hex')}'`;
  return `${expression} <=> ${literal}`;
}

/** The value that a question was answered with; undefined if it is NULL, or if there is none. */
function firstValue(answer: CommandAnswer | undefined): string | undefined {
  return answer?.rows[0]?.[0];
}
