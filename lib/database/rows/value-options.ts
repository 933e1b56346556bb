import type { ResponseForm } from '../../xmlrpc/value-encoding.js';

/** The form of a database's values and responses. The defaults lose no digit; clients must support nil and i8. */
export interface ValueOptions extends Omit<ResponseForm, 'maxResponse'> {
  /** DECIMAL: a string of all its digits, or a double. */
  readonly decimals: 'string' | 'double';
  /**
   * DATE, DATETIME and TIMESTAMP: a string as MySQL prints it, or `<dateTime.iso8601>`. Zero dates and times with
   * fractions of a second, which the type does not have, remain strings.
   */
  readonly dates: 'string' | 'iso8601';
}

/** The values of each option, the default first. */
export const VALUE_FORMS: { readonly [Option in keyof ValueOptions]: readonly ValueOptions[Option][] } = {
  bigints: ['i8', 'string'],
  decimals: ['string', 'double'],
  dates: ['string', 'iso8601'],
  nulls: ['nil', 'empty'],
  answers: ['chunked', 'whole'],
  compression: ['on', 'off'],
};

export const DEFAULT_VALUES: ValueOptions = {
  bigints: 'i8',
  decimals: 'string',
  dates: 'string',
  nulls: 'nil',
  answers: 'chunked',
  compression: 'on',
};

export function isValueOption(name: string): name is keyof ValueOptions {
  return Object.hasOwn(VALUE_FORMS, name);
}
