import { ServiceFailure } from '../../netsvc/service-failure.js';

/** A result or a failure, in a form that can be sent to another process. */
export type Outcome<T> =
  | { readonly value: T }
  | {
      readonly failure: {
        readonly error: number;
        readonly description: string;
        readonly origin: string;
        readonly details: string;
      };
    };

/** @throws all errors but `ServiceFailure` */
export async function outcomeOf<T>(result: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await result };
  } catch (failure) {
    if (!(failure instanceof ServiceFailure)) throw failure;
    const { error, description, origin, details } = failure;
    return { failure: { error, description, origin, details } };
  }
}

/** @throws {ServiceFailure} */
export function resultOf<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value;
  const { error, description, origin, details } = outcome.failure;
  throw new ServiceFailure(error, description, origin, details);
}
