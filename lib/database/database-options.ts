import type { ResponseForm } from '../xmlrpc/value-encoding.js';
import type { LeaseOptions } from './lease/lease-options.js';
import type { ResultLimits } from './results/result-limits.js';
import { DEFAULT_VALUES, type ValueOptions } from './rows/value-options.js';

/** The limits on what sessions do. */
export interface DatabaseLimits {
  /** The maximum idle timeout of a session, in seconds; 3600 by default. */
  readonly maxTimeout?: number;
  /**
   * The maximum memory of the rows of one statement, in bytes; 16 MiB by default. Rows beyond it are spilled to a file.
   */
  readonly resultMemory?: number;
  /** The maximum size of the rows of one statement, in memory and in the file, in bytes; 4 GiB by default. */
  readonly maxResult?: number;
  /** Seconds that a statement may run; no limit by default. */
  readonly queryTimeout?: number;
  /** Seconds that a transaction may take; no limit by default. Then it is rolled back. */
  readonly transactionTimeout?: number;
  /** Seconds that a session may be without a statement in a transaction; no limit by default. */
  readonly idleTransactionTimeout?: number;
  /** Pins every session from its first statement to its end; by default a session is pinned only when it has to be. */
  readonly pin?: boolean;
}

/** What of a database service can be replaced while it runs, for new sessions. */
export interface DatabaseOptions extends DatabaseLimits {
  /** The XML-RPC types of values. */
  readonly values?: Partial<ValueOptions>;
  /**
   * Whether sessions begin with autocommit; true by default. Otherwise their statements begin a transaction, as PEP 249
   * says. Calls outside of sessions are always committed.
   */
  readonly autocommit?: boolean | undefined;
  /** Sends a comment in front of each statement that names the user and the session, for MySQL's process list. */
  readonly label?: boolean;
  /** The users that may use the database; all by default. For other users the endpoint does not exist. */
  readonly users?: ReadonlySet<string> | undefined;
}

/** The limits on what sessions do, with their defaults. */
export interface CompleteLimits extends ResultLimits, LeaseOptions {
  readonly maxTimeout: number;
}

/** The settings of a database service, with their defaults. A session keeps those of its opening. */
export interface DatabaseSettings {
  readonly limits: CompleteLimits;
  readonly values: ValueOptions;
  readonly form: ResponseForm;
  readonly autocommit: boolean;
  readonly label: boolean;
  /** Undefined: all. */
  readonly users: ReadonlySet<string> | undefined;
}

export function databaseSettings(options: DatabaseOptions): DatabaseSettings {
  const { values: given, autocommit = true, label = false, users, ...limits } = options;
  const { maxTimeout = 3600, resultMemory = 16 * 1024 ** 2, maxResult = 4 * 1024 ** 3 } = limits;
  const values = { ...DEFAULT_VALUES, ...given };
  return {
    limits: { ...limits, maxTimeout, resultMemory, maxResult },
    values,
    form: { ...values, maxResponse: maxResult },
    autocommit,
    label,
    users,
  };
}
