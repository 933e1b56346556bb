import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { HttpDaemon, ServiceRegistry } from '#lib/index.js';
import { call, callDocument } from '../../support/client.js';
import { Echo, GraceOnly } from '../../support/echo.js';
import { until } from '../../support/until.js';

/** Ends calls of `wait`. */
const waiting: (() => void)[] = [];

/** An echo that can also wait. */
class Waiting extends Echo {
  constructor(registry: ServiceRegistry) {
    super(registry);
    this.exportMethod(this.wait);
  }

  wait(_text: unknown): Promise<boolean> {
    return new Promise((resolve) => waiting.push(() => resolve(true)));
  }
}

describe('connections', () => {
  let daemon: HttpDaemon;
  let port: number;
  const opened: Socket[] = [];

  async function start(maxClients: number): Promise<void> {
    const registry = new ServiceRegistry();
    new Waiting(registry);
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
  async function send(socket: Socket, login: string, method = 'echo'): Promise<number> {
    const document = callDocument(method, 'x');
    const authorization = `Basic ${Buffer.from(`${login}:x`).toString('base64')}`;
    socket.write(
      `POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: text/xml` +
        `\r\nContent-Length: ${document.length}\r\n\r\n${document}`,
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

    it('close the one that has been idle the longest, of the owner with the most, if all others are known', async () => {
      await start(3);
      const [first, second, third] = [await open(), await open(), await open()];
      for (const socket of [third, first, second]) expect(await send(socket, 'grace')).to.equal(200);
      const closed = once(third.resume(), 'close');
      const newest = await open();
      await closed;
      for (const socket of [first, second, newest]) expect(await send(socket, 'grace')).to.equal(200);
    });

    it('are served if they are opened together, while known clients are idle on all others', async () => {
      await start(40);
      const idle: Socket[] = [];
      while (idle.length < 40) idle.push(await open());
      for (const socket of idle) expect(await send(socket, 'grace')).to.equal(200);
      // The daemon accepts all before it reads a request.
      const answers = Array.from({ length: 4 }, async () => send(await open(), 'grace'));
      expect(await Promise.all(answers)).to.deep.equal([200, 200, 200, 200]);
    });

    it('do not close one on which a request is being answered', async () => {
      await start(2);
      const [busy, idle] = [await open(), await open()];
      expect(await send(idle, 'grace')).to.equal(200);
      const answer = send(busy, 'grace', 'wait');
      await until(() => waiting.length === 1);
      const closed = once(idle.resume(), 'close');
      const newest = await open();
      await closed;
      expect(await send(newest, 'grace')).to.equal(200);
      const [next] = [await open(), await once(newest.resume(), 'close')];
      expect(await send(next, 'grace')).to.equal(200);
      waiting.pop()?.();
      expect(await answer).to.equal(200);
    });

    it('are closed themselves if requests are being answered on all others', async () => {
      await start(2);
      const busy = [await open(), await open()];
      const answers = busy.map((socket) => send(socket, 'grace', 'wait'));
      await until(() => waiting.length === 2);
      await once((await open()).resume(), 'close');
      for (const resolve of waiting.splice(0)) resolve();
      expect(await Promise.all(answers)).to.deep.equal([200, 200]);
      expect(await call(`http://grace:x@127.0.0.1:${port}/echo`, 'echo', 'x')).to.equal('x');
    });

    it('are left for others, however many calls a user makes', async () => {
      await start(20);
      const busy: Socket[] = [];
      while (busy.length < 20) busy.push(await open());
      const answers = busy.map((socket) => send(socket, 'grace', 'wait'));
      await until(() => waiting.length === 18);
      expect(await Promise.all(answers.slice(18))).to.deep.equal([503, 503]);
      expect(await send(await open(), 'grace'), 'of the same user').to.equal(503);
      await open();
      expect(waiting).to.have.length(18);
      for (const resolve of waiting.splice(0)) resolve();
      expect(await Promise.all(answers.slice(0, 18))).to.deep.equal(Array(18).fill(200));
      expect(await send(busy[0] as Socket, 'grace')).to.equal(200);
    });

    it('close one whose request has not arrived', async () => {
      await start(2);
      const [slow, other] = [await open(), await open()];
      expect(await send(other, 'grace')).to.equal(200);
      expect(await send(slow, 'grace')).to.equal(200);
      slow.write(`POST /echo HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\nx`);
      await until(async () => (await send(other, 'grace')) === 200);
      const closed = once(slow.resume(), 'close');
      await open();
      await closed;
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
