import { isLoopback } from '../../access/address.js';
import { UsageError } from './problems.js';

/** Who has access to a listener. */
export interface Access {
  /** The password file. */
  readonly users: string | undefined;
  readonly insecure: boolean;
}

/**
 * Rejects access from other machines without authentication.
 *
 * @param host on which a listener for clients listens
 * @throws {UsageError}
 */
export function refuseRemoteClients(host: string, access: Access): void {
  if (isSafe(host, access)) return;
  throw new UsageError(
    `refusing to listen on ${host} without authentication: set --users, listen on 127.0.0.1, or use --insecure`,
  );
}

/**
 * The same for operators.
 *
 * @param host on which the listener for operators listens
 * @throws {UsageError}
 */
export function refuseRemoteOperators(host: string, access: Access): void {
  if (isSafe(host, access)) return;
  throw new UsageError(`refusing admin access on ${host} without authentication: set admin.users or use --insecure`);
}

function isSafe(host: string, { users, insecure }: Access): boolean {
  return users !== undefined || insecure || isLoopback(host);
}
