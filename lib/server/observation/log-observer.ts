import type { StatementEnd } from '../../database/pool/database-observer.js';
import type { Log } from '../../netsvc/log.js';
import type { CallEnd, SessionEnd, SessionStart } from '../../netsvc/observer.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { Settings } from '../configuration/settings.js';
import type { ServerObserver } from './event-stream.js';
import { statementText } from './logged-statement.js';
import type { OperatorAct } from './operator-act.js';

export type LogSettings = Pick<Settings, 'logLevel' | 'slowQuery' | 'logStatements'>;

/**
 * Returns the handlers that write log lines: one for each slow statement, and at level debug one for each session that
 * is opened and that ends, each call and each statement. What operators do is always logged at level info.
 */
export function logObserver(log: Log, { logLevel, slowQuery, logStatements }: LogSettings): ServerObserver {
  const [debug, info] = [logLevel === 'debug', logLevel === 'debug' || logLevel === 'info'];
  const warn = info || logLevel === 'warn';
  const slow = warn && slowQuery > 0 ? slowQuery : Number.POSITIVE_INFINITY;
  const all = debug && logStatements !== 'none';
  const ofStatement = (end: StatementEnd) => statementFields(end, logStatements);
  return {
    ...(debug && {
      callEnded: (call) => log.debug?.(callFields(call), 'call'),
      sessionOpened: (session) => log.debug?.(sessionFields(session), 'session opened'),
      sessionEnded: (session) => log.debug?.({ ...sessionFields(session), ...endFields(session) }, 'session ended'),
    }),
    operatorActed: (act) => log.info(actFields(act), 'operator act'),
    ...((all || slow < Number.POSITIVE_INFINITY) && {
      statementEnded: (end) => {
        if (end.seconds > slow) log.warn(ofStatement(end), 'slow statement');
        else if (all) log.debug?.(ofStatement(end), 'statement');
      },
    }),
  };
}

function actFields({ operator, host, action, target, outcome, result, seconds }: OperatorAct): object {
  return {
    ...{ operator, client_address: host, action, target, outcome },
    ...(result !== undefined && result !== null && { result }),
    duration_s: rounded(seconds),
  };
}

function callFields({ endpoint, method = '', fault, seconds, request }: CallEnd): object {
  const { queued, rows, bytesIn, bytesOut } = request.usage;
  return {
    ...requestFields(request),
    endpoint,
    method,
    ...(fault !== undefined && { fault }),
    duration_s: rounded(seconds),
    queue_s: rounded(queued),
    rows,
    bytes_in: bytesIn,
    bytes_out: bytesOut,
  };
}

function sessionFields({ endpoint, logName, user, host }: SessionStart): object {
  return { client_address: host, user, endpoint, session: logName };
}

function endFields({ end, age, calls, rows, bytesIn, bytesOut }: SessionEnd): object {
  return { end, duration_s: rounded(age), calls, rows, bytes_in: bytesIn, bytes_out: bytesOut };
}

function statementFields(end: StatementEnd, form: LogSettings['logStatements']): object {
  const { database: endpoint, error, rows, seconds, sql, request } = end;
  return {
    ...(request && requestFields(request)),
    endpoint,
    ...(error !== undefined && { error }),
    duration_s: rounded(seconds),
    rows,
    ...(form !== 'none' && { statement: statementText(sql, form) }),
  };
}

function requestFields({ id, remoteAddress, user, service }: ServiceRequest): object {
  const fields = { request_id: id, client_address: remoteAddress, user };
  if (service === undefined) return fields;
  const { logName, publicName } = service;
  return logName === publicName ? fields : { ...fields, session: logName };
}

/** To microseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
