import { expect } from 'chai';
import { converse } from '../../support/http.js';
import { RequestServer } from '../request-server.js';

describe('a malformed header', () => {
  it('is logged ten times in a minute at most', async () => {
    const server = await RequestServer.start();
    for (let i = 0; i < 12; i++) await converse(server.origin, 'POST /echo HTTP/1.1\r\nX: a\nb\r\n\r\n');
    await server.daemon.stop();
    expect(server.warnings).to.have.length(10);
  });
});
