import { FAULTS, type Fault } from './faults.js';

/**
 * An error that clients receive as a fault. Any other error that a method throws becomes fault 57 without its text.
 *
 * @example
 * throw new ServiceFailure(404, 'Unknown Article', 'shop', `no article ${id}`);
 */
export class ServiceFailure extends Error {
  static {
    ServiceFailure.prototype.name = 'ServiceFailure';
  }

  readonly description: string;
  readonly details: string;

  /**
   * @param error the faultCode
   * @param description one line
   * @param origin who reports the error: `netsvc`, or a name of the application
   * @param details more information for people
   *
   * Long texts are cut, because they may contain what the client has sent.
   */
  constructor(
    readonly error: number,
    description: string,
    readonly origin = '',
    details = '',
    options?: ErrorOptions,
  ) {
    const text = shortened(details);
    super(text === '' ? shortened(description) : `${shortened(description)}: ${text}`, options);
    this.description = shortened(description);
    this.details = text;
  }

  static of(fault: Fault, details = '', options?: ErrorOptions): ServiceFailure {
    return new ServiceFailure(fault.code, fault.description, fault.origin, details, options);
  }

  /** The failure of requests that are refused or aborted during shutdown. */
  static shuttingDown(): ServiceFailure {
    return ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The server is shutting down.');
  }

  /** `origin -- description`, then a blank line and the details, if there are any, as OSE's client parses it. */
  get faultString(): string {
    const head = this.origin === '' ? this.description : `${this.origin} -- ${this.description}`;
    return this.details === '' ? head : `${head}\n\n${this.details}`;
  }
}

/** The maximum length of a text in a fault, in characters. */
const MAX_TEXT = 8 * 1024;

function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

/** Why a request is aborted whose client has gone. Nobody receives its fault. */
export class ClientDisconnected extends ServiceFailure {
  constructor() {
    const { code, description, origin } = FAULTS.RESPONSE_ABORTED;
    super(code, description, origin, 'The client disconnected.');
  }
}
