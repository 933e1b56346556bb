import { isIP } from 'node:net';
import { type MemoryAccount, MemoryRefused } from '../memory/memory-account.js';
import { EncodingError } from '../xmlrpc/codec-error.js';
import type { Endpoint } from './endpoint.js';
import { memoryFailure } from './fault-texts.js';
import { FAULTS } from './faults.js';
import type { Holder, Refusal } from './refusal.js';
import { ServiceFailure } from './service-failure.js';
import type { ServiceRequest } from './service-request.js';

/** The service whose method threw. */
export type FailingService = Pick<Endpoint, 'logName' | 'publicName'> & {
  readonly registry: Pick<Endpoint['registry'], 'log'> & Partial<Pick<Endpoint['registry'], 'observer'>>;
};

/**
 * Converts whatever a method threw to the failure that the client gets. An unexpected error becomes fault 57 with the
 * id of the request, under which the error is logged. A result that XML-RPC cannot represent is logged with the place
 * of what it cannot.
 *
 * @param method if it is an exported one
 */
export function failureOf(
  error: unknown,
  service: FailingService,
  request: ServiceRequest,
  method?: string,
): ServiceFailure {
  if (error instanceof ServiceFailure) return error;
  if (error instanceof MemoryRefused) {
    service.registry.observer?.refused?.(memoryRefusal(error, request));
    return memoryFailure(error);
  }
  if (error instanceof EncodingError) {
    const { place, reason } = error;
    // A warning: what a service returns may be what its client has sent, such as NaN.
    const { log } = service.registry;
    if (place !== undefined) {
      log.warn({ method, place, reason, ...requestFields(service, request) }, 'result cannot be sent');
    }
    return ServiceFailure.of(FAULTS.RESPONSE_ENCODING_ERROR, error.message, { cause: error });
  }
  service.registry.log.error({ method, err: error, ...requestFields(service, request) }, 'method failed');
  return ServiceFailure.of(FAULTS.APPLICATION_ERROR, `request ${request.id}`, { cause: error });
}

function requestFields({ logName, publicName: endpoint }: FailingService, request: ServiceRequest): object {
  const { id: request_id, remoteAddress: client_address, user } = request;
  return { request_id, client_address, user, endpoint, ...(logName !== endpoint && { session: logName }) };
}

const RESOURCES = { process: 'memory', user: 'memory_of_user', session: 'memory_of_session' } as const;

function memoryRefusal({ account }: MemoryRefused, { user, remoteAddress }: ServiceRequest): Refusal {
  const resource = RESOURCES[account.holder];
  if (account.holder !== 'process') return user === '' ? { resource, host: remoteAddress } : { resource, user };
  return { resource, holder: () => topHolder(account) };
}

function topHolder({ topUser }: MemoryAccount): Holder | undefined {
  if (topUser === undefined) return undefined;
  const [user, held] = topUser;
  return isIP(user) > 0 ? { host: user, held } : { user, held };
}
