/**
 * What requests are refused for want of by the framework, and whether it is that of the process or each service has its
 * own. Services have more: see `DATABASE_RESOURCES`.
 */
export const RESOURCES = {
  /** `max-clients`: connections of clients. */
  clients: 'process',
  /** Open files, as the operating system limits them. */
  files: 'process',
  /** Space for temporary files. */
  disk: 'process',
  /** `memory`, and the parts of it that a user and a session may hold. */
  memory: 'process',
  memory_of_user: 'process',
  memory_of_session: 'process',
  /** Failed logins of a login or from a network, and the queue of logins that wait to be checked. */
  logins: 'process',
  login_checks: 'process',
  /** The number of sessions, and the limits for a user, an address and a service. */
  sessions: 'process',
  sessions_of_user: 'process',
  sessions_of_host: 'process',
  sessions_of_database: 'service',
} as const;

export type Resource = keyof typeof RESOURCES;

/** The resources of the process, or those that each service has of its own. */
export function resourcesOf(owner: 'process' | 'service'): string[] {
  return Object.entries(RESOURCES).flatMap(([resource, its]) => (its === owner ? [resource] : []));
}

/** Who holds the most of a resource, and how much, in its unit. */
export interface Holder {
  /** A user; '' for anonymous clients. */
  readonly user?: string;
  /** An address or network, where there is no user. */
  readonly host?: string;
  readonly held: number;
  /** The service that has the most, if all have it together. */
  readonly database?: string;
}

/** Something was refused because a resource is exhausted or a limit is reached. */
export interface Refusal<R extends string = string> {
  readonly resource: R;
  /** Whose it is, if it is not that of the process: of a service, of a user, of an address or network. */
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly host?: string | undefined;
  /** Returns who holds the most. Called only when refusals begin. */
  readonly holder?: (() => Holder | undefined) | undefined;
}

/** Returns who holds the most of `counts`, which are by user. */
export function topUser(counts: ReadonlyMap<string, number>): Holder | undefined {
  let top: Holder | undefined;
  for (const [user, held] of counts) if (top === undefined || held > top.held) top = { user, held };
  return top;
}
