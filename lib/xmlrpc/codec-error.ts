/**
 * A request that is not valid XML-RPC. The message is sent to the client, and begins with `line:column` if that is
 * known.
 */
export class DecodingError extends Error {
  static {
    DecodingError.prototype.name = 'DecodingError';
  }
}

/** A value that XML-RPC cannot represent. The message is sent to the client. */
export class EncodingError extends Error {
  static {
    EncodingError.prototype.name = 'EncodingError';
  }
}
