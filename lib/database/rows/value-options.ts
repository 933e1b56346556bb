/** The forms that a database's values have for its clients. What is not set keeps every digit, and suits clients that know nil and i8. */
export interface ValueOptions {
  /** Integers beyond 32 bits: `<i8>`, or a string for clients that do not know it. */
  readonly bigints: 'i8' | 'string';
  /** DECIMAL: a string of all its digits, or a double. */
  readonly decimals: 'string' | 'double';
  /**
   * DATE, DATETIME and TIMESTAMP: a string as MySQL prints it, or `<dateTime.iso8601>`. That has no zero dates and no fractions of a second, so those
   * stay strings.
   */
  readonly dates: 'string' | 'iso8601';
  /** NULL, and whatever else is nil: `<nil>`, or an empty string for clients that do not know it, as OSE had it. */
  readonly nulls: 'nil' | 'empty';
}

/** Each option's forms, the default first. */
export const VALUE_FORMS: { readonly [Option in keyof ValueOptions]: readonly ValueOptions[Option][] } = {
  bigints: ['i8', 'string'],
  decimals: ['string', 'double'],
  dates: ['string', 'iso8601'],
  nulls: ['nil', 'empty'],
};

export const DEFAULT_VALUES: ValueOptions = { bigints: 'i8', decimals: 'string', dates: 'string', nulls: 'nil' };

export function isValueOption(name: string): name is keyof ValueOptions {
  return Object.hasOwn(VALUE_FORMS, name);
}
