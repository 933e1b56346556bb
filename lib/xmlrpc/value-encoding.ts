/**
 * An encoded response: a string if it is small, as nearly all are, else pieces of UTF-8, which together can exceed the
 * maximum length of a string.
 */
export type EncodedResponse = string | readonly Buffer[];

/** How values are encoded, as the service chooses. */
export interface ValueEncoding {
  /** Returns a value for an object that XML-RPC cannot represent, or throws an EncodingError. */
  encodeObject(object: object): unknown;
  readonly form: Pick<ResponseForm, 'bigints' | 'nulls'>;
}

/** The form of responses, for clients that do not support all of XML-RPC and HTTP. */
export interface ResponseForm {
  /** Integers beyond 32 bits: `<i8>`, or a string for clients that do not support i8. */
  readonly bigints: 'i8' | 'string';
  /** NULL and every other nil: `<nil>`, or an empty string for clients that do not support nil, as in OSE. */
  readonly nulls: 'nil' | 'empty';
  /** Large responses: in chunks, while they are created, or whole, with a Content-Length. */
  readonly answers: 'chunked' | 'whole';
  /** Whether responses are compressed for clients that accept it. */
  readonly compression: 'on' | 'off';
  /** The maximum length of a response that is created before it is sent, in bytes. */
  readonly maxResponse: number;
}

export const DEFAULT_FORM: ResponseForm = {
  bigints: 'i8',
  nulls: 'nil',
  answers: 'chunked',
  compression: 'on',
  maxResponse: Number.POSITIVE_INFINITY,
};

/** A value that has already been encoded. */
export class EncodedValue {
  constructor(readonly pieces: EncodedResponse) {}
}

/** The greatest depth of arrays, structs and objects that are converted. */
export const MAX_DEPTH = 200;
