import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { type Opener, SessionLimits } from '../../netsvc/session-limits.js';
import type { PrimaryCalls } from './worker-channel.js';

/** The limits of sessions of all workers, which the primary process counts. */
export class SharedSessionLimits extends SessionLimits {
  readonly #primary: PrimaryCalls;
  #maxSessions: number;

  constructor(primary: PrimaryCalls, maxSessions: number) {
    // This process by itself has no limits.
    super({});
    this.#primary = primary;
    this.#maxSessions = maxSessions;
  }

  override get maxSessions(): number {
    return this.#maxSessions;
  }

  override replace({ maxSessions = Number.POSITIVE_INFINITY }: { readonly maxSessions?: number }): void {
    this.#maxSessions = maxSessions;
  }

  override async reserve({ user, remoteAddress }: Opener): Promise<void> {
    const refusal = await this.#primary.reserveSession({ user, remoteAddress });
    if (refusal !== undefined) throw ServiceFailure.of(FAULTS.RESOURCE_UNAVAILABLE, refusal);
  }

  /** The session has been reserved. */
  override check(): void {}

  override add(): void {}

  override remove({ user, remoteAddress }: Opener): void {
    // If the primary process has ended, so does this one.
    this.#primary.releaseSession.asEvent({ user, remoteAddress }).catch(() => {});
  }
}
