import { connect } from 'node:net';
import { expect } from 'chai';
import { UNAUTHORISED } from '#lib/http/answers/refusals.js';
import { HttpDaemon } from '#lib/index.js';
import { until } from '../support/until.js';

/** Those on each connection. */
const REQUESTS = 200;

/** Milliseconds that each request takes. */
const COST = 0.3;

/** The requests of a turn of 2 ms, and those of one more step of 2 KB, with some to spare. */
const MOST = 160;

const PIPELINES: readonly (readonly [what: string, request: string])[] = [
  ['complete calls', 'POST / HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: 1\r\n\r\nx'],
  ['requests of a page', 'GET / HTTP/1.1\r\n\r\n'],
  ['requests without a body', 'POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
  ['chunks', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'],
  ['preflight requests', 'OPTIONS * HTTP/1.1\r\n\r\n'],
];

describe('requests that arrive together on a connection', () => {
  let daemon: HttpDaemon;
  let port: number;
  /** The requests of the current turn of the event loop, and the maximum. */
  let inTurn: number;
  let most: number;

  beforeEach(async () => {
    [inTurn, most] = [0, 0];
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', {
      receive: () => {
        if (inTurn++ === 0) {
          setImmediate(() => {
            inTurn = 0;
          });
        }
        most = Math.max(most, inTurn);
        const end = performance.now() + COST;
        while (performance.now() < end);
        return UNAUTHORISED;
      },
    });
    port = (await daemon.start()).port;
  });

  afterEach(() => daemon.stop());

  for (const [what, request] of PIPELINES) {
    it(`are answered in several turns, so that others are answered in between: ${what}`, async () => {
      const sockets = Array.from({ length: 3 }, () => connect(port, '127.0.0.1'));
      let responses = 0;
      for (const socket of sockets) {
        socket.write(request.repeat(REQUESTS));
        socket.setEncoding('latin1').on('data', (text: string) => {
          responses += text.match(/Date:/g)?.length ?? 0;
        });
      }
      await until(() => responses === sockets.length * REQUESTS);
      for (const socket of sockets) socket.destroy();
      expect(most).to.be.below(MOST);
    });
  }
});
