import { isIP } from 'node:net';
import { unmapped } from '../access/address.js';
import { incorrect, type MethodDeclaration } from '../netsvc/method-declaration.js';
import { Service } from '../netsvc/service.js';
import { aborted } from '../netsvc/service-failure.js';
import type { ServiceRegistry } from '../netsvc/service-registry.js';
import type { DescribedConnection, DescribedSession, Operated } from './operated.js';
import { UsageError } from './problems.js';

/** The maximum time of a pause, in seconds. */
const MAX_PAUSE = 3600;

const DIGEST = { name: 'digest', type: 'string' } as const;
const DATABASE = { name: 'database', type: 'string' } as const;

/** The methods of the admin service. */
export const ADMIN_METHODS = {
  sessions: {
    params: [],
    returns: 'array',
    help:
      'Returns the open sessions, as structs: session is the digest of its id by which the other methods and the log ' +
      'name it. statement is the beginning of the statement that it is running, and rows the number of rows that it ' +
      'has not fetched.',
  },
  connections: {
    params: [],
    returns: 'array',
    help:
      'Returns the MySQL connections, as structs of database, id (as in SHOW PROCESSLIST), state (idle, parked or ' +
      'used) and the session that holds it.',
  },
  cancel: {
    params: [DIGEST],
    returns: 'boolean',
    help: 'Stops the statement that a session is running: its client gets fault 58. Returns whether one was running.',
  },
  close: { params: [DIGEST], returns: 'nil', help: 'Closes a session. Its transaction is rolled back.' },
  pause: {
    params: [DATABASE, { name: 'seconds', type: 'double' }],
    returns: 'nil',
    help:
      'Makes new statements wait, so that MySQL can be restarted. Returns when no session uses a connection and all ' +
      'are closed. After so many seconds, the pause is lifted; if there still were connections then, with fault 51.',
  },
  resume: { params: [DATABASE], returns: 'nil', help: 'Lifts a pause.' },
  reload: {
    params: [],
    returns: 'struct',
    help:
      'Reads the configuration, the password files and the certificates again, checks and applies them, and replaces ' +
      'the MySQL connections, as SIGHUP does. Returns the keys that have changed. If anything cannot be used, or a ' +
      'change requires a restart, nothing is reloaded, and fault 58 says why.',
  },
  unlock: {
    params: [
      { name: 'login', type: 'string', optional: true },
      { name: 'host', type: 'string', optional: true },
    ],
    returns: 'int',
    help:
      'Forgets failed logins, so that the next ones are checked at once: those as one user, from the network of an ' +
      "address, or both; all without arguments. '' is any user. Returns how many users and networks had to wait.",
  },
} as const satisfies Record<string, MethodDeclaration>;

/** What operators can do to the server, over XML-RPC. */
export class AdminService extends Service {
  readonly #operated: Operated;

  /** @param registry of its own: the service must not be reached by the listeners for clients */
  constructor(registry: ServiceRegistry, operated: Operated) {
    super('admin', registry);
    this.#operated = operated;
    this.exportMethods(ADMIN_METHODS);
  }

  sessions(): readonly DescribedSession[] {
    return this.#operated.sessions(true);
  }

  connections(): readonly DescribedConnection[] {
    return this.#operated.connections();
  }

  cancel(digest: string): boolean {
    return this.#operated.cancel(digest) ?? unknownSession(digest);
  }

  async close(digest: string): Promise<void> {
    if (!(await this.#operated.close(digest))) unknownSession(digest);
  }

  pause(database: string, seconds: number): Promise<void> {
    if (!(seconds > 0 && seconds <= MAX_PAUSE)) {
      throw incorrect(`seconds: expected more than 0 and at most ${MAX_PAUSE}, received ${seconds}.`);
    }
    return this.#operated.pause(database, seconds);
  }

  resume(database: string): void {
    this.#operated.resume(database);
  }

  unlock(login?: string, host?: string): number {
    if (host !== undefined && host !== '' && isIP(host) === 0) {
      throw incorrect(`host: expected an address, received ${JSON.stringify(host)}.`);
    }
    return this.#operated.unlock(login || undefined, host ? unmapped(host) : undefined);
  }

  async reload(): Promise<{ readonly reloaded: string[] }> {
    try {
      return { reloaded: await this.#operated.reload() };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw aborted(`Nothing is reloaded: ${error.message}`);
    }
  }
}

function unknownSession(digest: string): never {
  throw incorrect(`digest: there is no session ${JSON.stringify(digest)}.`);
}
