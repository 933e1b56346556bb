import { expect } from 'chai';
import { RequestQueue } from '#lib/netsvc/request-queue.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { FakeClock } from '../support/fake-clock.js';

describe('RequestQueue', () => {
  const clock = FakeClock.forEach();

  it('answers one request after the other, and counts how long each has waited', async () => {
    const queue = new RequestQueue();
    const requests = [1, 2, 3].map((host) => new ServiceRequest(String(host), ''));
    const begun = requests.map((request) => queue.begin(request));
    expect(begun[0]).to.equal(undefined);
    for (const [at, request] of requests.entries()) {
      await begun[at];
      expect(queue.answering).to.equal(request);
      await clock.pass(1500);
      queue.end();
    }
    expect(queue.answering).to.equal(undefined);
    expect(requests.map(({ usage }) => usage.queued)).to.deep.equal([0, 1.5, 3]);
  });

  it('refuses the requests that wait, and not the one that is answered', async () => {
    const queue = new RequestQueue();
    const answering = new ServiceRequest('', '');
    queue.begin(answering);
    const waiting = [1, 2].map(() => queue.begin(new ServiceRequest('', ''))?.catch((error: Error) => error.message));
    let refused = 0;
    queue.refuseAll(() => new Error(`refused ${++refused}`));
    expect(await Promise.all(waiting)).to.deep.equal(['refused 1', 'refused 2']);
    expect(queue.answering).to.equal(answering);
    queue.end();
    expect(queue.answering).to.equal(undefined);
    queue.refuseAll(() => expect.fail('none waits'));
    new RequestQueue().refuseAll(() => expect.fail('none has waited'));
  });
});
