import type { MemoryRefused } from '../memory/memory-account.js';
import { FAULTS } from './faults.js';
import { ServiceFailure } from './service-failure.js';

// The faults of the framework: docs/errors.md has a row for each.

/** Returns fault 51: what a call needs is exhausted or missing. */
export function unavailable(details: string): ServiceFailure {
  return ServiceFailure.of(FAULTS.RESOURCE_UNAVAILABLE, details);
}

/** A call needs more memory than an account has left. */
export function memoryFailure(refused: MemoryRefused): ServiceFailure {
  const { holder, limit } = refused.account;
  const reason = `The memory account of the ${holder} has too little left for this call. Its limit is ${limit} bytes.`;
  return ServiceFailure.of(FAULTS.RESOURCE_UNAVAILABLE, reason, { cause: refused });
}

/**
 * @param service whose limit it is; undefined: that of all
 * @param whose ` of USER` or ` from ADDRESS`; '': of all clients
 */
export function tooManySessions(limit: number, service: string | undefined, whose: string): ServiceFailure {
  const of = service === undefined ? '' : ` of ${service}`;
  return unavailable(`${limit} sessions${of} are open${whose}, which is the limit.`);
}

/** Returns fault 55. */
export function noSuchMethod(text: string): ServiceFailure {
  return ServiceFailure.of(FAULTS.METHOD_UNAVAILABLE, text);
}

/** OSE's text. */
export function unknownMethod(name: string): ServiceFailure {
  return noSuchMethod(`Unknown method ${name}.`);
}

/** Returns fault 56: the arguments are wrong. */
export function incorrect(details: string): ServiceFailure {
  return ServiceFailure.of(FAULTS.PARAMETERS_INCORRECT, details);
}

export function unexpected(argument: string, expected: string, received: unknown): ServiceFailure {
  return incorrect(`${argument}: expected ${expected}, received ${String(received)}.`);
}

/** OSE's text. */
export function wrongCount(least: number, most: number, received: number): ServiceFailure {
  const expected = least === most ? most : `${least}-${most}`;
  return incorrect(`Expected ${expected} argument${most === 1 ? '' : 's'}, received ${received}.`);
}

export function tooFew(least: number, received: number): ServiceFailure {
  return incorrect(`Expected ${least} or more arguments, received ${received}.`);
}

export function mustNotNest(method: string): ServiceFailure {
  return incorrect(`${method} must not be nested.`);
}

export function cannotBeKept(): ServiceFailure {
  return incorrect('The result is not stored, so that it cannot be kept to be sent again.');
}

/** Returns fault 58: what runs is stopped. */
export function aborted(details: string): ServiceFailure {
  return ServiceFailure.of(FAULTS.RESPONSE_ABORTED, details);
}

export function endpointClosed(): ServiceFailure {
  return aborted('The endpoint was closed.');
}
