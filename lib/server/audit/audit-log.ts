import type { StatementEnd } from '../../database/pool/database-observer.js';
import type { Log } from '../../netsvc/log.js';
import type { SessionEnd, SessionStart } from '../../netsvc/observer.js';
import { INSTANCE } from '../../netsvc/service-request.js';
import type { Settings } from '../configuration/settings.js';
import type { Reload, ServerObserver } from '../observation/event-stream.js';
import { statementText } from '../observation/logged-statement.js';
import type { LineCounts } from '../observation/metrics.js';
import type { OperatorAct } from '../observation/operator-act.js';
import { AuditFile } from './audit-file.js';
import { ClientFields } from './client-fields.js';
import { LoginLines } from './login-lines.js';

export type AuditSettings = Pick<Settings, 'auditLog' | 'auditStatements' | 'instance'>;

type AuditEvent =
  | 'started'
  | 'stopped'
  | 'login'
  | 'session opened'
  | 'session ended'
  | 'statement'
  | 'operator'
  | 'reload'
  | 'lines lost';

/** The maximum length of the JSON of what an operator acts on, and of what it changes. */
const MAX_VALUE = 1000;

/**
 * Writes who has done what: logins, sessions, statements, what operators do, and reloads. Each is a line of JSON in a
 * file of its own. It contains no password.
 */
export class AuditLog {
  readonly #log: Log;
  readonly #instance: string;
  readonly #counts: LineCounts = { written: 0, lost: 0 };
  readonly #logins = new LoginLines();
  readonly #clients = new ClientFields();
  #path: string | undefined;
  #file: AuditFile | undefined;

  constructor(log: Log, instance = INSTANCE) {
    this.#log = log;
    this.#instance = JSON.stringify(instance);
  }

  /** Lines since the start. */
  get counts(): Readonly<LineCounts> {
    return this.#counts;
  }

  /**
   * Opens and closes the file as settings say.
   *
   * @returns what receives the events
   * @throws {UsageError} if it cannot be opened; the file before it is still used
   */
  configure({ auditLog: path, auditStatements: form }: AuditSettings): ServerObserver {
    if (path !== this.#path) {
      const lost = (lines: number) => this.#write('lines lost', { lines });
      const file = path === undefined ? undefined : new AuditFile(path, this.#log, this.#counts, lost);
      void this.end();
      this.#path = path;
      this.#file = file;
      this.#write('started', {});
    }
    return this.#file === undefined ? {} : this.#observer(form);
  }

  /** Goes on in a new file if the file has been renamed. */
  reopen(): void {
    this.#file?.reopen();
  }

  /** Writes what is left. Never rejects. */
  async end(): Promise<void> {
    this.#write('stopped', {});
    const file = this.#file;
    this.#file = undefined;
    this.#path = undefined;
    await file?.end();
  }

  #write(event: AuditEvent, fields: object): void {
    // Strings of clients are escaped, whatever they contain.
    const rest = JSON.stringify(fields).slice(1);
    const comma = rest.length > 1 ? ',' : '';
    this.#file?.write(`{"time":"${isoTime()}","instance":${this.#instance},"event":"${event}"${comma}${rest}\n`);
  }

  /** There is one for each statement, so the line is put together. Statements of netsvc itself have none. */
  #writeStatement(end: StatementEnd, form: 'digest' | 'full'): void {
    const { error, cancelled, rows, seconds, sql, request } = end;
    if (request === undefined || this.#file === undefined) return;
    const outcome = cancelled ? 'cancelled' : error === undefined ? 'ok' : 'error';
    const client = this.#clients.of(end.database, request);
    this.#file.write(
      `{"time":"${isoTime()}","instance":${this.#instance},"event":"statement",${client},` +
        `"request_id":"${request.id}","outcome":"${outcome}",${error === undefined ? '' : `"error":${error},`}` +
        `"rows":${rows},"duration_s":${rounded(seconds)},"statement":${JSON.stringify(statementText(sql, form))}}\n`,
    );
  }

  #observer(form: AuditSettings['auditStatements']): ServerObserver {
    const write = (event: AuditEvent, fields: object | undefined) => fields && this.#write(event, fields);
    return {
      loginChecked: (outcome, login) => write('login', this.#logins.checked(outcome, login)),
      loginKnown: (login) => write('login', this.#logins.known(login)),
      sessionOpened: (session) => write('session opened', startFields(session)),
      sessionEnded: (session) => write('session ended', endFields(session)),
      ...(form !== 'none' && { statementEnded: (end) => this.#writeStatement(end, form) }),
      operatorActed: (act) => write('operator', actFields(act)),
      reloaded: (reload) => write('reload', reloadFields(reload)),
    };
  }
}

function startFields({ endpoint, logName, user, host }: SessionStart): object {
  return { user, client_address: host, database: endpoint, session: logName };
}

function endFields({ end, age, calls, rows, ...start }: SessionEnd): object {
  return { ...startFields(start), end, duration_s: rounded(age), calls, rows };
}

function actFields({ operator, host, action, target, outcome, result, seconds }: OperatorAct): object {
  const fields = { user: operator, client_address: host, action, target: bounded(target), outcome };
  return { ...fields, result: bounded(result), duration_s: rounded(seconds) };
}

/** Returns a value for a line, or the beginning of its JSON if it is long: it can be as long as a call. */
function bounded(value: unknown): unknown {
  const text = JSON.stringify(value) ?? '';
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}...` : value;
}

function reloadFields({ what, keys, problems }: Reload): object {
  return { what, outcome: problems === undefined ? 'applied' : 'refused', keys, problems };
}

/** To microseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

let millisecond = 0;
let formatted = '';

/** Returns the current time as in ISO 8601, in UTC. It is formatted once a millisecond. */
function isoTime(): string {
  const now = Date.now();
  if (now !== millisecond) {
    millisecond = now;
    formatted = new Date(now).toISOString();
  }
  return formatted;
}
