import { RESTORE_CHARSETS, TRACK_CHARSETS } from './client-charset.js';
import { type CommandAnswer, queryCommand } from './command-batch.js';
import { type MysqlError, statementError } from './mysql-error.js';

/** Sends commands together and returns their answers. */
export type SendTogether = (commands: readonly Buffer[]) => Promise<readonly CommandAnswer[]>;

/** Makes MySQL report state changes. */
const TRACKING = `session_track_state_change = 1, ${TRACK_CHARSETS}`;

/** What neither COM_RESET_CONNECTION nor, in MariaDB, COM_CHANGE_USER restores. */
const ROLE = 'CURRENT_ROLE()';
const SCHEMA = 'DATABASE()';
/** The texts of a session's statements, which SHOW PROFILES returns. */
const NO_PROFILES = 'NOT EXISTS (SELECT 1 FROM information_schema.profiling)';

/**
 * The state of a new connection, which each reset must restore. The server is asked for it once, so that a reset is
 * verified by what MySQL reports and not by what is known of the session's statements.
 */
export class InitialState {
  private constructor(
    /** The maximum length of a statement, in bytes. */
    readonly maxAllowedPacket: number,
    /** What prepares a connection for sessions, behind the commands that reset it. */
    readonly commands: readonly Buffer[],
  ) {}

  /**
   * Asks a new connection.
   *
   * @param init the configured statements. They run first, so that they cannot undo the rest.
   * @throws {MysqlError}
   */
  static async ask(send: SendTogether, init: readonly string[]): Promise<InitialState> {
    const questions = ['SELECT @@max_allowed_packet', `SELECT ${ROLE}`, `SELECT ${SCHEMA}`, `SELECT ${NO_PROFILES}`];
    const answers = await send([...questions, `SET ${TRACKING}`].map(queryCommand));
    const [packet, role, schema, profiles, tracking] = answers;
    if (packet?.error) throw statementError(packet.error);
    const conditions = [equals(ROLE, role), equals(SCHEMA, schema), profiles?.error ? '' : NO_PROFILES];
    const restored = conditions.filter((condition) => condition !== '').join(' AND ');
    const variables = [
      // On, whatever the server's default. 2 is an error: one statement sets, and shows what a reset has left. Its
      // query sets FOUND_ROWS() to 0.
      `autocommit = (SELECT IF(${restored}, 1, 2) FROM DUAL LIMIT 1)`,
      ...(tracking?.error ? [] : [TRACKING]),
      ...(init.length > 0 ? [RESTORE_CHARSETS] : []),
    ];
    const statements = [...init, `SET ${variables.join(', ')}`];
    return new InitialState(Number(packet?.rows[0]?.[0]), statements.map(queryCommand));
  }

  /** Why the answers to `commands` do not show the initial state; undefined if they do. */
  failure(answers: readonly CommandAnswer[]): MysqlError | undefined {
    const failed = answers.find(({ error }) => error !== undefined);
    return failed?.error && statementError(failed.error);
  }
}

/** A condition that an expression has the value of the answer; '' if the server does not have it. */
function equals(expression: string, answer: CommandAnswer | undefined): string {
  if (answer === undefined || answer.error) return '';
  const value = answer.rows[0]?.[0];
  const literal = value === undefined ? 'NULL' : `_utf8mb4 x'${Buffer.from(value).toString('hex')}'`;
  return `${expression} <=> ${literal}`;
}
