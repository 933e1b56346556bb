interface EndedSession {
  readonly user: string;
  readonly ending: string;
  /** In milliseconds of the registry's clock. */
  readonly at: number;
}

/** Milliseconds that an ended session is remembered. */
const MEMORY = 300_000;

/** The maximum number of them. The oldest is forgotten first. */
const MAX_SESSIONS = 10_000;

/** Remembers for some minutes how sessions ended, so that their owners can be told. */
export class EndedSessions {
  /** By name, the oldest first. */
  readonly #sessions = new Map<string, EndedSession>();

  add(name: string, session: EndedSession): void {
    this.#sessions.set(name, session);
    for (const [oldest, { at }] of this.#sessions) {
      if (session.at - at <= MEMORY && this.#sessions.size <= MAX_SESSIONS) return;
      this.#sessions.delete(oldest);
    }
  }

  endingOf(name: string, user: string, now: number): string | undefined {
    const session = this.#sessions.get(name);
    return session !== undefined && session.user === user && now - session.at <= MEMORY ? session.ending : undefined;
  }
}
