import { setTimeout } from 'node:timers/promises';
import type { HttpDaemon } from '../../http/listener/http-daemon.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';

/** Milliseconds between two looks at the sessions and at the traffic. */
const INTERVAL = 500;

/**
 * The number of intervals without a session and without a byte from clients after which a server is drained. A load
 * balancer has noticed by then that the server is not ready, and sends it nothing more.
 */
const QUIET_INTERVALS = 6;

/**
 * Serves on while a load balancer moves the clients to other servers: until no session is open and no client sends
 * anything, but at most `seconds`. Then closes the sessions that are left: their clients get 404. Connections are
 * closed with their next responses, so that none is closed while a request is on its way.
 */
export async function drain(registry: ServiceRegistry, daemons: readonly HttpDaemon[], seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (const daemon of daemons) daemon.closeAfterResponses();
  if (await quiet(registry, daemons, deadline)) return;
  await registry.closeIdle();
  // The clients of those sessions get their 404 here, and not a closed connection.
  await quiet(registry, daemons, performance.now() + QUIET_INTERVALS * INTERVAL);
}

/** Waits until nobody uses the server; false if that takes until the deadline. */
async function quiet(registry: ServiceRegistry, daemons: readonly HttpDaemon[], deadline: number): Promise<boolean> {
  const bytes = () => daemons.reduce((sum, { traffic }) => sum + traffic.received, 0);
  let received = bytes();
  let intervals = 0;
  while (intervals < QUIET_INTERVALS && performance.now() < deadline) {
    await setTimeout(INTERVAL);
    const now = bytes();
    intervals = registry.sessions.size === 0 && now === received ? intervals + 1 : 0;
    received = now;
  }
  return intervals >= QUIET_INTERVALS;
}
