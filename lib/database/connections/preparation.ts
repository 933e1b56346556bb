import { ALLOW_STATEMENTS, type CommandAnswer, queryCommand, REFUSE_STATEMENTS } from '../driver/command-batch.js';
import { CORRECT_FLAG, RESTORE_CHARSETS, TRACK_CHARSETS } from './client-charset.js';
import type { ServerKind } from './server-identity.js';
import { RESOURCE_GROUP, type ServerProperties, schemaIn, TRACES, TRACK_STATE } from './server-properties.js';

/** A reset of MySQL sets the character sets that the server is configured for. */
const NAMES = 'NAMES utf8mb4';

const ASCII = /^[\0-\x7f]*$/;

/** A command that prepares a connection, and what it is in the message if it fails; '' if the error says enough. */
export interface Step {
  readonly command: Buffer;
  readonly what: string;
}

/** What prepares a connection for sessions, behind the command that resets it. */
export class Preparation {
  readonly server: ServerProperties;
  /** It has statements of `init_connect` or of the configuration, which may change the state. */
  readonly changesState: boolean;
  readonly steps: readonly Step[];
  /** Those of a connection whose schema is the current one. */
  readonly stepsWithoutUse: readonly Step[];
  readonly #variables: readonly string[];

  /**
   * @param initConnect the statements of the server's `init_connect`, if it runs them for the account
   * @param init the configured statements. They run before what netsvc needs, so that they cannot undo it.
   */
  constructor(server: ServerProperties, initConnect: string, init: readonly string[]) {
    const { tracksState, hasTraces, hasResourceGroups, instrument } = server;
    const schema = schemaIn(server.state);
    const changesState = init.length > 0 || initConnect !== '';
    const needsNames = changesState || !ASCII.test(schema ?? '');
    this.server = server;
    this.changesState = changesState;
    const names = needsNames ? [step(`SET ${NAMES}`)] : [];
    const use = schema === undefined ? [] : useSteps(schema, server.kind);
    const others = [
      ...(hasResourceGroups ? [step(RESOURCE_GROUP)] : []),
      ...(instrument === undefined ? [] : [step(instrument)]),
      ...initConnectSteps(initConnect),
      ...init.map((statement) => step(statement, `init statement "${statement}"`)),
    ];
    this.steps = [...names, ...use, ...others];
    this.stepsWithoutUse = [...(changesState ? names : []), ...others];
    this.#variables = [
      ...(changesState ? [RESTORE_CHARSETS, CORRECT_FLAG] : [NAMES]),
      ...(tracksState ? [TRACK_STATE, TRACK_CHARSETS] : []),
      ...(hasTraces ? [TRACES] : []),
    ];
  }

  /**
   * The last step.
   *
   * @param autocommit an expression: autocommit is on, whatever the server's default
   * @param schemaCollation that of the schema, which a reset forgets in MariaDB, if there is no USE
   */
  last(autocommit = '1', schemaCollation?: string): Step {
    const collation = schemaCollation === undefined ? [] : [`collation_database = '${schemaCollation}'`];
    return step(`SET ${[...collation, ...this.#variables, `autocommit = ${autocommit}`].join(', ')}`);
  }
}

/**
 * Makes a schema the current one. A reset keeps the schema, and in MariaDB forgets its collation; this also reads the
 * privileges of the account for it again, and its default character set. In MariaDB, USE of the current schema restores
 * the character set that it had before.
 */
export function useSteps(schema: string, kind: ServerKind): Step[] {
  const use = step(`USE \`${schema.replaceAll('`', '``')}\``);
  return kind === 'MariaDB' ? [step('USE information_schema'), use] : [use];
}

export function step(sql: string, what = ''): Step {
  return { command: queryCommand(sql), what };
}

/** The value of `init_connect` can consist of several statements. */
function initConnectSteps(statements: string): Step[] {
  if (statements === '') return [];
  const what = 'init_connect of the server';
  const run = step(statements, what);
  if (!statements.includes(';')) return [run];
  return [{ command: ALLOW_STATEMENTS, what }, run, { command: REFUSE_STATEMENTS, what }];
}

/** The privileges of an account whose new connections the server does not prepare with its `init_connect`. */
export const GRANTS = queryCommand('SHOW GRANTS');

/**
 * Whether the server runs `init_connect` on new connections of the account. MariaDB 11 no longer counts SUPER.
 *
 * @param answer to `GRANTS`
 */
export function runsInitConnect({ kind, version }: ServerProperties, answer: CommandAnswer | undefined): boolean {
  const exempting = new Set(['ALL PRIVILEGES', 'CONNECTION ADMIN', 'CONNECTION_ADMIN']);
  if (kind === 'MySQL' || Number.parseInt(version, 10) < 11) exempting.add('SUPER');
  const granted = (answer?.rows ?? []).flatMap(
    ([grant = '']) => /^GRANT (.*) ON \*\.\* TO /.exec(grant)?.[1]?.split(', ') ?? [],
  );
  return !granted.some((privilege) => exempting.has(privilege));
}
