import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { HttpDaemon, ServiceRegistry } from '#lib/index.js';
import { call, callDocument, statusOf } from '../support/client.js';
import { Echo, GraceOnly } from '../support/echo.js';
import { until } from '../support/until.js';

const DOCUMENT = callDocument('echo', 'x');

describe('connections', () => {
  let daemon: HttpDaemon;
  let port: number;
  const opened: Socket[] = [];

  async function start(maxClients: number): Promise<void> {
    const registry = new ServiceRegistry();
    new Echo(registry);
    daemon = new HttpDaemon({ port: 0, maxClients });
    daemon.attach('/', new GraceOnly('', { registry }));
    port = (await daemon.start()).port;
  }

  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    await daemon.stop();
  });

  async function open(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    opened.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** Sends a request and waits for its status. */
  async function send(socket: Socket, login: string): Promise<number> {
    const authorization = `Basic ${Buffer.from(`${login}:x`).toString('base64')}`;
    socket.write(
      `POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: text/xml` +
        `\r\nContent-Length: ${DOCUMENT.length}\r\n\r\n${DOCUMENT}`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return Number(/^HTTP\/1.1 (\d+)/.exec(answer.toString())?.[1]);
  }

  describe('beyond the limit', () => {
    it('close the oldest unauthenticated connection, so that thousands of them exclude nobody', async () => {
      await start(50);
      const working = await open();
      expect(await send(working, 'grace')).to.equal(200);
      const silent: Socket[] = [];
      for (let i = 0; i < 3000; i++) silent.push(await open());
      // Node releases a closed socket in the next iteration of the event loop.
      await until(() => silent.filter((socket) => socket.resume().destroyed).length >= 2951);
      expect(await call(`http://grace:x@127.0.0.1:${port}/echo`, 'echo', 'x')).to.equal('x');
      expect(await send(working, 'grace'), 'on the connection that was in use').to.equal(200);
    });

    it('close connections that have had only refused requests', async () => {
      await start(2);
      const refused = await open();
      expect(await send(refused, 'mallory')).to.equal(401);
      await open();
      const closed = once(refused.resume(), 'close');
      await open();
      await closed;
    });

    it('are closed themselves if all others are authorised', async () => {
      await start(2);
      const [first, second] = [await open(), await open()];
      for (const socket of [first, second]) expect(await send(socket, 'grace')).to.equal(200);
      await once((await open()).resume(), 'close');
      for (const socket of [first, second]) expect(await send(socket, 'grace')).to.equal(200);
      first.destroy();
      await until(
        async () => (await statusOf(call(`http://127.0.0.1:${port}/echo`, 'echo', 'x')).catch(() => 0)) === 401,
      );
    });
  });

  describe('when the daemon stops', () => {
    it('are answered their first request if they are new', async () => {
      await start(50);
      const fresh = await open();
      // The daemon has accepted the one before.
      expect(await send(await open(), 'grace')).to.equal(200);
      const stopped = daemon.stop(10);
      for (let i = 0; i < 20; i++) await setImmediate();
      expect(await send(fresh, 'grace')).to.equal(200);
      await stopped;
    });

    it('do not delay it by more than a second if they send nothing', async () => {
      await start(50);
      const silent = await open();
      expect(await send(await open(), 'grace')).to.equal(200);
      const closed = once(silent.resume(), 'close');
      const began = performance.now();
      await daemon.stop(10);
      await closed;
      expect(performance.now() - began).to.be.lessThan(8000);
    });
  });
});
