/** A kind of fault. Codes are permanent. */
export interface Fault {
  readonly code: number;
  readonly description: string;
  readonly origin: string;
}

/** The faults of the framework, with the codes and descriptions of OSE (its `netrpc/common.py`). */
export const FAULTS = {
  RESOURCE_UNAVAILABLE: { code: 51, description: 'Resource Unavailable', origin: 'netsvc' },
  RESPONSE_ENCODING_ERROR: { code: 52, description: 'Response Encoding Error', origin: 'netsvc.xmlrpc' },
  REQUEST_DECODING_ERROR: { code: 54, description: 'Request Decoding Error', origin: 'netsvc.xmlrpc' },
  METHOD_UNAVAILABLE: { code: 55, description: 'Method Unavailable', origin: 'netsvc' },
  PARAMETERS_INCORRECT: { code: 56, description: 'Parameters Incorrect', origin: 'netsvc' },
  APPLICATION_ERROR: { code: 57, description: 'Application Error', origin: 'netsvc' },
  RESPONSE_ABORTED: { code: 58, description: 'Response Aborted', origin: 'netsvc' },
} as const satisfies Record<string, Fault>;
