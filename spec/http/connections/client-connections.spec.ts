import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { HttpDaemon, ServiceRegistry } from '#lib/index.js';
import { call, callDocument } from '../../support/client.js';
import { Echo, GraceOnly } from '../../support/echo.js';
import { until } from '../../support/until.js';
import { ClientSockets } from '../client-sockets.js';
import { basic, post } from '../raw-request.js';

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
  let clients: ClientSockets;

  async function start(maxClients: number): Promise<void> {
    const registry = new ServiceRegistry();
    new Waiting(registry);
    daemon = new HttpDaemon({ port: 0, maxClients });
    daemon.attach('/', new GraceOnly('', { registry }));
    clients = new ClientSockets((await daemon.start()).port);
  }

  afterEach(async () => {
    clients.close();
    await daemon.stop();
  });

  const send = (socket: Socket, login: string, method = 'echo') =>
    clients.send(socket, post('/echo', basic(`${login}:x`), callDocument(method, 'x')));

  const callEcho = () => call(`http://grace:x@127.0.0.1:${clients.port}/echo`, 'echo', 'x');

  describe('beyond the limit', () => {
    it('close the oldest unauthenticated connection, so that thousands of them exclude nobody', async () => {
      await start(50);
      const working = await clients.open();
      expect(await send(working, 'grace')).to.equal(200);
      const silent: Socket[] = [];
      for (let i = 0; i < 3000; i++) silent.push(await clients.open());
      // Node releases a closed socket in the next iteration of the event loop.
      await until(() => silent.filter((socket) => socket.resume().destroyed).length >= 2951);
      expect(await callEcho()).to.equal('x');
      expect(await send(working, 'grace'), 'on the connection that was in use').to.equal(200);
    });

    it('close the one that has been idle the longest, of the owner with the most, if all others are known', async () => {
      await start(3);
      const [first, second, third] = [await clients.open(), await clients.open(), await clients.open()];
      for (const socket of [third, first, second]) expect(await send(socket, 'grace')).to.equal(200);
      const closed = once(third.resume(), 'close');
      const newest = await clients.open();
      await closed;
      for (const socket of [first, second, newest]) expect(await send(socket, 'grace')).to.equal(200);
    });

    it('are served if they are opened together, while known clients are idle on all others', async () => {
      await start(40);
      const idle: Socket[] = [];
      while (idle.length < 40) idle.push(await clients.open());
      for (const socket of idle) expect(await send(socket, 'grace')).to.equal(200);
      // The daemon accepts all before it reads a request.
      const answers = Array.from({ length: 4 }, async () => send(await clients.open(), 'grace'));
      expect(await Promise.all(answers)).to.deep.equal([200, 200, 200, 200]);
    });

    it('are left for others, however many calls a user makes', async () => {
      await start(20);
      const busy: Socket[] = [];
      while (busy.length < 20) busy.push(await clients.open());
      const answers = busy.map((socket) => send(socket, 'grace', 'wait'));
      await until(() => waiting.length === 18);
      expect(await Promise.all(answers.slice(18))).to.deep.equal([503, 503]);
      expect(await send(await clients.open(), 'grace'), 'of the same user').to.equal(503);
      await clients.open();
      expect(waiting).to.have.length(18);
      for (const resolve of waiting.splice(0)) resolve();
      expect(await Promise.all(answers.slice(0, 18))).to.deep.equal(Array(18).fill(200));
      expect(await send(busy[0] as Socket, 'grace')).to.equal(200);
    });

    it('close one whose request has not arrived', async () => {
      await start(2);
      const [slow, other] = [await clients.open(), await clients.open()];
      expect(await send(other, 'grace')).to.equal(200);
      expect(await send(slow, 'grace')).to.equal(200);
      slow.write(post('/echo', { 'Content-Length': '1000' }, 'x'));
      await until(async () => (await send(other, 'grace')) === 200);
      const closed = once(slow.resume(), 'close');
      await clients.open();
      await closed;
    });
  });

  describe('when the daemon stops', () => {
    it('are answered their first request if they are new', async () => {
      await start(50);
      const fresh = await clients.open();
      // The daemon has accepted the one before.
      expect(await send(await clients.open(), 'grace')).to.equal(200);
      const stopped = daemon.stop(10);
      for (let i = 0; i < 20; i++) await setImmediate();
      expect(await send(fresh, 'grace')).to.equal(200);
      await stopped;
    });

    it('do not delay it by more than a second if they send nothing', async () => {
      await start(50);
      const silent = await clients.open();
      expect(await send(await clients.open(), 'grace')).to.equal(200);
      const closed = once(silent.resume(), 'close');
      const began = performance.now();
      await daemon.stop(10);
      await closed;
      expect(performance.now() - began).to.be.lessThan(8000);
    });
  });
});
