import type { DateTime } from '../../xmlrpc/value.js';

/** A value of a response. */
export type ResponseValue =
  | null
  | boolean
  | string
  | Numeral
  | Uint8Array
  | DateTime
  | readonly ResponseValue[]
  | ResponseStruct;

export interface ResponseStruct {
  readonly [name: string]: ResponseValue;
}

/** An integer or a double in its digits, because most numbers are only printed, and none must lose a digit. */
export class Numeral {
  /** @param digits without an exponent; those of a double have a point */
  constructor(
    readonly digits: string,
    readonly double: boolean,
  ) {}
}
