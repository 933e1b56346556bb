import { type CommandAnswer, queryCommand } from '../driver/command-batch.js';
import { statementError } from '../driver/driver-error.js';
import { type ServerKind, serverKindOf } from './server-identity.js';

/** The texts of a session's statements. A query of information_schema.profiling costs four times as much. */
export const PROFILES = 'SHOW PROFILES';

/** Makes MySQL report state changes. */
export const TRACK_STATE = 'session_track_state_change = 1';

/** Removes the optimizer's traces of a session's statements, which neither kind of reset does in MySQL. */
export const TRACES = 'optimizer_trace_offset = DEFAULT';

/** Neither kind of reset restores it. Few accounts have the privilege to change it. */
export const RESOURCE_GROUP = 'SET RESOURCE GROUP USR_default';

/** Whether the performance schema records the statements of the connection. */
const INSTRUMENTED =
  'SELECT INSTRUMENTED, HISTORY FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID()';

/** Changes nothing, and fails if the account cannot change it, as most cannot. */
const CHANGE_INSTRUMENTED =
  'UPDATE performance_schema.threads SET INSTRUMENTED = INSTRUMENTED WHERE PROCESSLIST_ID = 0';

/** What neither COM_RESET_CONNECTION nor, in MariaDB, COM_CHANGE_USER restores, with names for messages. */
export const STATE: readonly (readonly [name: string, expression: string])[] = [
  ['the role', 'CURRENT_ROLE()'],
  ['the schema', 'DATABASE()'],
  ['the collation of the schema', '@@collation_database'],
];

/** What a connection is asked for its state. Some servers do not have all of it. */
export const STATE_QUESTIONS = STATE.map(([, expression]) => queryCommand(`SELECT ${expression}`));

/** The schema in the answers to `STATE_QUESTIONS`; undefined if there is none. */
export function schemaIn(state: readonly CommandAnswer[]): string | undefined {
  return state[1]?.rows[0]?.[0];
}

/**
 * Fails in every state of a connection with XAER_RMFAIL or XAER_NOTA, and changes nothing. The message of XAER_RMFAIL
 * names the state of the connection's XA transaction, which is NON-EXISTING if there is none.
 */
export const XA_STATE = queryCommand("XA END 'netsvc'");

/** What a new connection is asked, for `ServerProperties`. A reset must follow. */
export const PROPERTY_QUESTIONS: readonly Buffer[] = [
  ...[
    'SELECT VERSION(), @@max_allowed_packet',
    'SELECT @@init_connect',
    PROFILES,
    `SET ${TRACK_STATE}`,
    `SET ${TRACES}`,
    RESOURCE_GROUP,
    INSTRUMENTED,
    CHANGE_INSTRUMENTED,
  ].map(queryCommand),
  XA_STATE,
  ...STATE_QUESTIONS,
];

/** What the server of a new connection is, and which statements it knows. */
export class ServerProperties {
  readonly kind: ServerKind;
  readonly version: string;
  /** The maximum length of a statement, in bytes. */
  readonly maxAllowedPacket: number;
  /** The answers of the new connection to `STATE_QUESTIONS`. */
  readonly state: readonly CommandAnswer[];
  /** The statements that the server runs on each new connection of an account without a privilege; often ''. */
  readonly initConnect: string;
  readonly hasProfiles: boolean;
  readonly tracksState: boolean;
  readonly hasTraces: boolean;
  readonly hasResourceGroups: boolean;
  /** The statement that records the connection's statements again; undefined if a session cannot change that. */
  readonly instrument: string | undefined;
  readonly #withoutXa: string;

  /** @param answers to `PROPERTY_QUESTIONS` @throws {MysqlError} */
  constructor(answers: readonly CommandAnswer[]) {
    const [server, initConnect, profiles, tracking, traces, resourceGroup, instrumented, changing, xaState, ...state] =
      answers;
    if (server?.error) throw statementError(server.error);
    const [version = '', maxAllowedPacket] = server?.rows[0] ?? [];
    this.kind = serverKindOf(version);
    this.version = version;
    this.maxAllowedPacket = Number(maxAllowedPacket);
    this.state = state;
    this.initConnect = initConnect?.rows[0]?.[0]?.trim() ?? '';
    this.hasProfiles = profiles?.error === undefined;
    this.tracksState = tracking?.error === undefined;
    this.hasTraces = traces?.error === undefined;
    this.hasResourceGroups = resourceGroup?.error === undefined;
    this.instrument = changing?.error ? undefined : instrumentStatement(instrumented?.rows[0]);
    this.#withoutXa = messageOf(xaState);
  }

  /** Whether a connection is surely in no XA transaction. @param answer to `XA_STATE` */
  isOutsideXa(answer: CommandAnswer | undefined): boolean {
    return answer?.error !== undefined && messageOf(answer) === this.#withoutXa;
  }
}

function messageOf(answer: CommandAnswer | undefined): string {
  return answer?.error?.message ?? '';
}

/** @param row undefined if the performance schema is off */
function instrumentStatement(row: readonly (string | undefined)[] | undefined): string | undefined {
  if (row === undefined) return undefined;
  const [instrumented, history] = row.map((value) => (value === 'YES' ? "'YES'" : "'NO'"));
  return (
    `UPDATE performance_schema.threads SET INSTRUMENTED = ${instrumented}, HISTORY = ${history} ` +
    'WHERE PROCESSLIST_ID = CONNECTION_ID()'
  );
}
