import { expect } from 'chai';
import type { SessionEndReason } from '#lib/netsvc/observer.js';
import { endFailure, endText, SessionClosed } from '#lib/netsvc/session-end.js';

describe('the end of a session', () => {
  const ends: [SessionEndReason, text: string, details: string][] = [
    ['closed', 'Session closed', 'Session closed.'],
    ['expired', 'Session expired after 30 s of inactivity', 'Session expired after 30 s of inactivity.'],
    ['operator', 'Session closed by an operator', 'Session closed by an operator.'],
    ['drained', 'Session closed by a shutdown', 'The server is shutting down.'],
  ];
  for (const [end, text, details] of ends) {
    it(`is told to its owner and to a call that is running: ${end}`, () => {
      expect(endText(end, 30)).to.equal(text);
      const failure = endFailure(end, 30);
      expect([failure.error, failure.details]).to.deep.equal([58, details]);
    });
  }

  it('is told to a request that waited for another', () => {
    const failure = new SessionClosed('Session closed');
    expect([failure.error, failure.details, failure.ending]).to.deep.equal([58, 'Session closed.', 'Session closed']);
  });
});
