import { unexpected } from '../../netsvc/fault-texts.js';
import { checkArguments, type ParameterType } from '../../netsvc/method-declaration.js';
import type { ArgumentTypes } from '../../netsvc/method-types.js';
import type { Struct } from '../../xmlrpc/value.js';

/** Characters of a name that are repeated in a fault. */
const MAX_NAME = 100;

/** The options that a declaration allows. */
export type CallOptions<D extends Readonly<Record<string, ParameterType>>> = {
  readonly [Name in keyof D]?: ArgumentTypes[D[Name]] | undefined;
};

/**
 * Checks a struct of options. Nil is the same as a missing option.
 *
 * @throws {ServiceFailure} 56 if there is an unknown option or one with a value of another type
 */
export function callOptions<const D extends Readonly<Record<string, ParameterType>>>(
  declared: D,
  struct: Struct | undefined,
): CallOptions<D> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(struct ?? {})) {
    const type = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (type === undefined) {
      throw unexpected('options', Object.keys(declared).join(', '), JSON.stringify(name.slice(0, MAX_NAME)));
    }
    [options[name]] = checkArguments([{ name, type, optional: true }], [value]);
  }
  return options as CallOptions<D>;
}
