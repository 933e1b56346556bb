interface EndedSession {
  readonly user: string;
  readonly ending: string;
  /** In milliseconds of the registry's clock. */
  readonly at: number;
}

/** Milliseconds that an ended session is remembered. */
const MEMORY = 300_000;

/** The maximum number of sessions of a generation. */
const GENERATION = 5000;

/**
 * Remembers for some minutes how sessions ended, so that their owners can be told: the last five thousand or more.
 *
 * They are forgotten by generations. To delete the oldest from one Map, one by one, takes longer than all else that the
 * end of a session does: an iteration visits the entries that were deleted before.
 */
export class EndedSessions {
  /** By name. */
  #recent = new Map<string, EndedSession>();
  #older: ReadonlyMap<string, EndedSession> = new Map();
  /** When the first of the recent ones ended. */
  #since = 0;

  add(name: string, session: EndedSession): void {
    if (this.#recent.size >= GENERATION || session.at - this.#since > MEMORY) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    if (this.#recent.size === 0) this.#since = session.at;
    this.#recent.set(name, session);
  }

  endingOf(name: string, user: string, now: number): string | undefined {
    const session = this.#recent.get(name) ?? this.#older.get(name);
    return session !== undefined && session.user === user && now - session.at <= MEMORY ? session.ending : undefined;
  }
}
