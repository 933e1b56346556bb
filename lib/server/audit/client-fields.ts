import type { RequestedService, ServiceRequest } from '../../netsvc/service-request.js';

interface Fields {
  readonly user: string;
  readonly host: string;
  readonly database: string;
  /** Members of JSON. */
  readonly text: string;
}

/** What lines say of the client of a request. It is the same for all requests of most sessions, and kept for them. */
export class ClientFields {
  readonly #kept = new WeakMap<RequestedService, Fields>();

  /** Returns members of JSON. */
  of(database: string, { user, remoteAddress: host, service }: ServiceRequest): string {
    const kept = service && this.#kept.get(service);
    if (kept?.user === user && kept.host === host && kept.database === database) return kept.text;
    const session = service === undefined || service.logName === service.publicName ? undefined : service.logName;
    const text = JSON.stringify({ user, client_address: host, database, session }).slice(1, -1);
    if (service) this.#kept.set(service, { user, host, database, text });
    return text;
  }
}
