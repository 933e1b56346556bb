import { isIP } from 'node:net';
import { type MemoryAccount, MemoryRefused } from '../memory/memory-account.js';
import { EncodingError } from '../xmlrpc/codec-error.js';
import type { Endpoint } from './endpoint.js';
import { FAULTS } from './faults.js';
import type { Holder, Refusal } from './refusal.js';
import { memoryFailure, ServiceFailure } from './service-failure.js';
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
    if (place !== undefined) log(service, request, { method, place, reason }, 'result cannot be sent');
    return ServiceFailure.of(FAULTS.RESPONSE_ENCODING_ERROR, error.message, { cause: error });
  }
  log(service, request, { method, err: error }, 'method failed');
  return ServiceFailure.of(FAULTS.APPLICATION_ERROR, `request ${request.id}`, { cause: error });
}

function log(service: FailingService, request: ServiceRequest, fields: object, message: string): void {
  const { id: request_id, remoteAddress: client_address, user } = request;
  const { logName, publicName: endpoint } = service;
  const session = logName === endpoint ? {} : { session: logName };
  service.registry.log.error({ ...fields, request_id, client_address, user, endpoint, ...session }, message);
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
