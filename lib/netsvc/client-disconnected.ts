import { FAULTS } from './faults.js';
import { ServiceFailure } from './service-failure.js';

/** Why a request is aborted whose client has gone. Nobody receives its fault. */
export class ClientDisconnected extends ServiceFailure {
  constructor() {
    const { code, description, origin } = FAULTS.RESPONSE_ABORTED;
    super(code, description, origin, 'The client disconnected.');
  }
}
