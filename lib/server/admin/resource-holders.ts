import type { SessionState } from '../../netsvc/endpoint.js';
import { type Holder, type Refusal, topUser } from '../../netsvc/refusal.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';

/** Returns the user whose sessions hold the most of what was refused. It asks all sessions. */
export function topHolder({ sessions }: ServiceRegistry, { resource, database }: Refusal): Holder | undefined {
  switch (resource) {
    case 'mysql_connections':
      return top(sessions, ({ holds }) => (holds?.pool === database ? 1 : 0));
    case 'disk':
    case 'files':
      return top(sessions, ({ inFiles = 0 }) => inFiles);
    default:
      return undefined;
  }
}

function top(sessions: ServiceRegistry['sessions'], heldIn: (state: SessionState) => number): Holder | undefined {
  const counts = new Map<string, number>();
  for (const session of sessions) {
    const held = heldIn(session.describe());
    if (held > 0) counts.set(session.opener.user, (counts.get(session.opener.user) ?? 0) + held);
  }
  return topUser(counts);
}
