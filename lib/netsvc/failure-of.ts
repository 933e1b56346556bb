import { EncodingError } from '../xmlrpc/codec-error.js';
import { FAULTS } from './faults.js';
import type { Service } from './service.js';
import { ServiceFailure } from './service-failure.js';

/** Turns whatever was thrown into the failure that the client may see. What it may not see is logged under a reference. */
export function failureOf(error: unknown, service: Service): ServiceFailure {
  if (error instanceof ServiceFailure) return error;
  if (error instanceof EncodingError) {
    return ServiceFailure.of(FAULTS.RESPONSE_ENCODING_ERROR, error.message, { cause: error });
  }
  const reference = crypto.randomUUID();
  service.registry.log.error({ err: error, reference, service: service.logName }, 'method failed');
  return ServiceFailure.of(FAULTS.APPLICATION_ERROR, `reference ${reference}`, { cause: error });
}
