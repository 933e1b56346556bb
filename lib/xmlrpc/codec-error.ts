/**
 * A request that is not valid XML-RPC. The message is sent to the client, and begins with `line:column` if that is
 * known.
 */
export class DecodingError extends Error {
  static {
    DecodingError.prototype.name = 'DecodingError';
  }

  constructor(message: string, options?: ErrorOptions) {
    // A message of the XML parser may contain a name of the document.
    super(message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message, options);
  }
}

/** Characters. */
const MAX_MESSAGE = 500;

/**
 * A value that XML-RPC cannot represent. The message is sent to the client, and begins with the place of the value in
 * the result if that is known, as in `result.rows[0].when: XML-RPC cannot represent a Date`.
 */
export class EncodingError extends Error {
  static {
    EncodingError.prototype.name = 'EncodingError';
  }

  /** @param place such as `result.rows[0].when` */
  constructor(
    readonly reason: string,
    readonly place?: string,
    options?: ErrorOptions,
  ) {
    super(place === undefined ? reason : `${place}: ${reason}`, options);
  }
}
