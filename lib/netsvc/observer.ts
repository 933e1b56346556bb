import type { Refusal } from './refusal.js';
import type { ServiceRequest } from './service-request.js';

/**
 * Receives what the framework reports, for metrics and the log. Durations are in seconds. Handlers are called for each
 * call: they must be fast and must not throw. What a missing handler would receive is not measured.
 */
export interface Observer {
  /** A call has been answered. */
  callEnded?(call: CallEnd): void;
  sessionOpened?(session: SessionStart): void;
  sessionEnded?(session: SessionEnd): void;
  /** The password of a login was checked, or was not because too many have failed or are waiting. */
  loginChecked?(outcome: LoginOutcome, login: Login): void;
  /** A login whose password is still known to be right came on a new connection, or with other headers. */
  loginKnown?(login: Login): void;
  /** Something was refused because a resource is exhausted or a limit is reached. Called in the place that refuses. */
  refused?(refusal: Refusal): void;
}

export type LoginOutcome = 'accepted' | 'wrong' | 'locked_out' | 'overloaded' | 'malformed';

/** An attempt to log in. */
export interface Login {
  /** As the client has sent it; '' if the credentials cannot be read. */
  readonly login: string;
  /** Whether there is such a user. */
  readonly isUser: boolean;
  /** The address of the client. */
  readonly host: string;
  /** It is a login to what operators use. */
  readonly ofOperator?: true;
  /** The same wrong password has been refused within the last minute. */
  readonly repeated?: true;
}

export interface CallEnd {
  /** The public name of the service. */
  readonly endpoint: string;
  /** Undefined if it is not exported, or if the request could not be decoded. */
  readonly method: string | undefined;
  /** The faultCode; undefined if the call succeeded. */
  readonly fault: number | undefined;
  /** Until the response was ready or, if it was created while it was sent, until it had been sent. */
  readonly seconds: number;
  readonly request: ServiceRequest;
}

export interface SessionStart {
  /** The public name of the service that opened it. */
  readonly endpoint: string;
  /** The name for log lines. */
  readonly logName: string;
  readonly user: string;
  /** The address of its client. */
  readonly host: string;
}

/**
 * Why a session has ended: its client or the program closed it, it was not used, an operator closed it, or the server
 * shut down.
 */
export type SessionEndReason = 'closed' | 'expired' | 'operator' | 'drained';

/** What a session has used. */
export interface SessionUsage {
  /** Seconds that it has been open. */
  readonly age: number;
  readonly calls: number;
  /** The rows, or other items, received from a resource, and the sizes of requests and responses, of ended calls. */
  readonly rows: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface SessionEnd extends SessionStart, SessionUsage {
  readonly end: SessionEndReason;
}
