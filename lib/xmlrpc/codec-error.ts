/**
 * A request that is not the XML-RPC it should be. The message is fit for the client and holds `line:column` where
 * known.
 */
export class DecodingError extends Error {
  static {
    DecodingError.prototype.name = 'DecodingError';
  }
}

/** A value that XML-RPC has no form for. The message is fit for the client. */
export class EncodingError extends Error {
  static {
    EncodingError.prototype.name = 'EncodingError';
  }
}
