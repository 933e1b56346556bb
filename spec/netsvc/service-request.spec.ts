import { expect } from 'chai';
import { ServiceFailure, ServiceRequest } from '#lib/index.js';
import { ClientDisconnected } from '#lib/netsvc/service-failure.js';

describe('a detached request', () => {
  const budget = { reserve() {} };

  it('is not aborted if the client disconnects', () => {
    const request = new ServiceRequest('', '');
    const detached = request.detached(budget);
    request.abort(new ClientDisconnected());
    expect(request.signal.aborted).to.equal(true);
    expect(detached.signal.aborted).to.equal(false);
    expect(detached.id).to.equal(request.id);
  });

  it('is aborted for every other reason, also after the client has disconnected', () => {
    for (const reasons of [[], [new ClientDisconnected()]]) {
      const request = new ServiceRequest('', '');
      const detached = request.detached(budget);
      const shutdown = ServiceFailure.shuttingDown();
      for (const reason of [...reasons, shutdown]) request.abort(reason);
      expect(() => detached.throwIfAborted()).to.throw(shutdown.message);
    }
  });
});
