import { EncodingError } from '../xmlrpc/codec-error.js';
import { FAULTS } from './faults.js';
import type { Log } from './log.js';
import { ServiceFailure } from './service-failure.js';

/**
 * Converts whatever a method threw to the failure that the client gets. An unexpected error becomes fault 57 with a
 * reference, under which the error is logged.
 *
 * @param name the name of the service in the log
 */
export function failureOf(error: unknown, log: Log, name: string): ServiceFailure {
  if (error instanceof ServiceFailure) return error;
  if (error instanceof EncodingError) {
    return ServiceFailure.of(FAULTS.RESPONSE_ENCODING_ERROR, error.message, { cause: error });
  }
  const reference = crypto.randomUUID();
  log.error({ err: error, reference, service: name }, 'method failed');
  return ServiceFailure.of(FAULTS.APPLICATION_ERROR, `reference ${reference}`, { cause: error });
}
