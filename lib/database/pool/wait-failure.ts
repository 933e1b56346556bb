import type { Refusal } from '../../netsvc/refusal.js';
import { connectionsInUse, connectionsOfClientInUse, mysqlSilent } from '../errors/fault-texts.js';
import type { DatabaseResource } from './database-observer.js';
import type { PoolClient } from './pool-client.js';
import type { ConnectionCounts } from './pool-options.js';

/** A pool when a request of a client has waited in vain. */
export interface VainWait {
  /** Seconds that it has waited. */
  readonly seconds: number;
  readonly client: PoolClient<unknown>;
  /** Whether it waits because it has its share. */
  readonly isLimited: boolean;
  /** The maximum number of connections of the client, and of all. */
  readonly share: number;
  readonly limit: number;
  readonly counts: ConnectionCounts;
  /** On how many connections MySQL does not answer. */
  readonly unanswered: number;
  /** Why no connection can be opened; undefined if one can. */
  readonly failure: Error | undefined;
}

/** Returns what a request has waited for, as an error: of MySQL, if that is what prevents connections. */
export function waitFailure(wait: VainWait): Error {
  const { seconds, client, isLimited, share, limit, counts } = wait;
  const { used, pinned, opening, resetting } = counts;
  if (isLimited) {
    return connectionsOfClientInUse(share, client.name, seconds);
  }
  const failure = failureOf(wait);
  if (failure) return failure;
  if (wait.unanswered === 0) return connectionsInUse(limit, seconds);
  return mysqlSilent(seconds, limit, { inUse: used + pinned, opening, resetting });
}

/** Returns what was exhausted; undefined if MySQL has refused connections. */
export function exhausted(wait: VainWait): Refusal<DatabaseResource> | undefined {
  if (wait.isLimited) return { resource: 'connections_of_user', ...wait.client.owner };
  return failureOf(wait) ? undefined : { resource: 'connections' };
}

/** There is room for a connection, but MySQL accepts none. */
function failureOf({ failure, limit, counts: { open, opening } }: VainWait): Error | undefined {
  return open - opening < limit ? failure : undefined;
}
