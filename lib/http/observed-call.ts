import type { Endpoint } from '../netsvc/endpoint.js';
import type { ServiceRequest } from '../netsvc/service-request.js';

/** Measures one call for the observer of its service. */
export class ObservedCall {
  readonly #service: Endpoint;
  readonly #request: ServiceRequest;
  #method: string | undefined;
  /** Undefined until the request has been decoded, or if it cannot be. */
  #since: number | undefined;
  #ended = false;

  private constructor(service: Endpoint, request: ServiceRequest) {
    this.#service = service;
    this.#request = request;
  }

  /** @returns undefined if nobody observes the calls of the service */
  static of(service: Endpoint, request: ServiceRequest): ObservedCall | undefined {
    return service.registry.observer.callEnded && new ObservedCall(service, request);
  }

  /** The request has been read. */
  began(method: string): void {
    this.#since = performance.now();
    // Any other name is the client's, who can send any number of them.
    if (this.#service.exportedMethod(method)) this.#method = method;
  }

  /** Only the first end counts: a response can fail while it is sent. */
  ended(fault?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const seconds = this.#since === undefined ? 0 : (performance.now() - this.#since) / 1000;
    const { publicName: endpoint, registry } = this.#service;
    registry.observer.callEnded?.({ endpoint, method: this.#method, fault, seconds, request: this.#request });
  }
}
