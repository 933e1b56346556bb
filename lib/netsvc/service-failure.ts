import { FAULTS, type Fault } from './faults.js';

/**
 * The one error that crosses the wire. Whatever else a method throws reaches the client as fault 57 without its text.
 */
export class ServiceFailure extends Error {
  static {
    ServiceFailure.prototype.name = 'ServiceFailure';
  }

  /**
   * @param error the faultCode
   * @param description one line
   * @param origin who noticed: `netsvc`, `db`, `mysql`, or a name of the application's own
   * @param details what a person needs to know beyond the description
   */
  constructor(
    readonly error: number,
    readonly description: string,
    readonly origin = '',
    readonly details = '',
    options?: ErrorOptions,
  ) {
    super(details === '' ? description : `${description}: ${details}`, options);
  }

  static of(fault: Fault, details = '', options?: ErrorOptions): ServiceFailure {
    return new ServiceFailure(fault.code, fault.description, fault.origin, details, options);
  }

  /** What gets whoever asks for more than a server on its way out still does. */
  static shuttingDown(): ServiceFailure {
    return ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The server is shutting down.');
  }

  /**
   * `origin -- description`, then a blank line and the details where there are any: what OSE's client takes apart
   * again.
   */
  get faultString(): string {
    const head = this.origin === '' ? this.description : `${this.origin} -- ${this.description}`;
    return this.details === '' ? head : `${head}\n\n${this.details}`;
  }
}
