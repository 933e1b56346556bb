import { isIP } from 'node:net';
import { unmapped } from '../../access/address.js';
import { aborted, incorrect } from '../../netsvc/fault-texts.js';
import { mistyped } from '../../netsvc/method-declaration.js';
import { Service } from '../../netsvc/service.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';
import { isStruct, type Struct, type Value } from '../../xmlrpc/value.js';
import { UsageError } from '../configuration/problems.js';
import type { DescribedSession } from '../observation/described-session.js';
import type { Operator } from '../observation/operator-act.js';
import type { DescribedStatement, DescribedUser } from '../observation/usage.js';
import { ADMIN_METHODS } from './admin-methods.js';
import type { DescribedConnection, DescribedDatabase, OperatorView } from './operator-view.js';
import { SessionCriteria } from './session-criteria.js';

/** The maximum time of a pause, in seconds. */
const MAX_PAUSE = 3600;

/** The maximum length of the reason for which a database is disabled. */
const MAX_REASON = 500;

/** What operators can do to the server, over XML-RPC. */
export class AdminService extends Service {
  readonly #operatorView: OperatorView;

  /** @param registry of its own: the service must not be reached by the listeners for clients */
  constructor(registry: ServiceRegistry, operatorView: OperatorView) {
    super('admin', registry);
    this.#operatorView = operatorView;
    this.exportMethods(ADMIN_METHODS);
  }

  sessions(criteria: Struct = {}): readonly DescribedSession[] {
    return this.#operatorView.sessions({ statements: true }, SessionCriteria.ofStruct(criteria));
  }

  connections(): readonly DescribedConnection[] {
    return this.#operatorView.connections();
  }

  databases(): readonly DescribedDatabase[] {
    return this.#operatorView.databases();
  }

  async statements(reset = false): Promise<readonly DescribedStatement[]> {
    const { acts, statementTable } = this.#operatorView;
    const statements = this.#operatorView.statements();
    if (reset) await acts.reset(this.#operator, 'statements', statementTable);
    return statements;
  }

  async users(reset = false): Promise<readonly DescribedUser[]> {
    const { acts, userCounters } = this.#operatorView;
    const users = this.#operatorView.users();
    if (reset) await acts.reset(this.#operator, 'users', userCounters);
    return users;
  }

  cancel(sessions: Value): Promise<boolean | number> {
    const { acts } = this.#operatorView;
    if (typeof sessions === 'string') return acts.cancel(this.#operator, sessions);
    return acts.cancelAll(this.#operator, selection(sessions));
  }

  async close(sessions: Value): Promise<number | null> {
    const { acts } = this.#operatorView;
    if (typeof sessions !== 'string') return acts.closeAll(this.#operator, selection(sessions));
    await acts.close(this.#operator, sessions);
    return null;
  }

  async pause(database: string, seconds: number, force = false): Promise<void> {
    if (!(seconds > 0 && seconds <= MAX_PAUSE)) {
      throw incorrect(`seconds: expected more than 0 and at most ${MAX_PAUSE}, received ${seconds}.`);
    }
    await this.#operatorView.acts.pause(this.#operator, database, { seconds, force });
  }

  resume(database: string): Promise<void> {
    return this.#operatorView.acts.resume(this.#operator, database);
  }

  disable(database: string, reason = ''): Promise<void> {
    if (reason.length > MAX_REASON) throw incorrect(`reason: expected at most ${MAX_REASON} characters.`);
    return this.#operatorView.acts.disable(this.#operator, database, reason);
  }

  enable(database: string): Promise<void> {
    return this.#operatorView.acts.enable(this.#operator, database);
  }

  reconnect(database: string): Promise<void> {
    return this.#operatorView.acts.reconnect(this.#operator, database);
  }

  unlock(login?: string, host?: string): Promise<number> {
    if (host !== undefined && host !== '' && isIP(host) === 0) {
      throw incorrect(`host: expected an address, received ${JSON.stringify(host)}.`);
    }
    return this.#operatorView.acts.unlock(this.#operator, login || undefined, host ? unmapped(host) : undefined);
  }

  async reload(): Promise<{ readonly reloaded: string[] }> {
    try {
      return { reloaded: await this.#operatorView.acts.reload(this.#operator) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw aborted(`Nothing is reloaded: ${error.message}`);
    }
  }

  get #operator(): Operator {
    const { user, remoteAddress } = this.currentRequest;
    return { operator: user, host: remoteAddress };
  }
}

/** Returns the sessions that an act is on. All of them have to be asked for. @throws {ServiceFailure} 56 */
function selection(sessions: Value): SessionCriteria {
  if (!isStruct(sessions)) throw mistyped('sessions', 'string or struct', sessions);
  const { all = false, ...criteria } = sessions;
  if (typeof all !== 'boolean') throw mistyped('all', 'boolean', all);
  const selection = SessionCriteria.ofStruct(criteria);
  if (all && !selection.isEmpty) throw incorrect('all: expected no other criteria.');
  if (!all && selection.isEmpty) throw incorrect('sessions: expected a criterion, or all, which is true.');
  return selection;
}
