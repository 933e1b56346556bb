import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { HttpDaemon, type Log, RpcGateway, Service, ServiceRegistry, Session } from '#lib/index.js';
import { call, callDocument, faultOf, statusOf } from '../../support/client.js';
import { ask } from '../../support/http.js';
import { until } from '../../support/until.js';
import { post } from '../raw-request.js';

/** A service whose `work` ends when the spec says so, or when the request is aborted. */
class Worker extends Service {
  readonly running: { end(): void; readonly signal: AbortSignal }[] = [];
  aborted = 0;

  constructor(registry: ServiceRegistry) {
    super('worker', registry);
    this.exportMethod(this.work);
    this.exportMethod(this.open);
  }

  work(): Promise<string> {
    const { signal } = this.currentRequest;
    return new Promise((resolve, reject) => {
      this.running.push({ end: () => resolve('done'), signal });
      signal.addEventListener('abort', () => {
        this.aborted++;
        reject(signal.reason);
      });
    });
  }

  open(): string {
    return new Held(this, 60).childName;
  }
}

/** A session that counts the requests that hold it. */
class Held extends Session {
  held = 0;

  override hold(): void {
    super.hold();
    this.held++;
  }

  override release(): void {
    super.release();
    this.held--;
  }
}

const quiet: Log = { info() {}, warn() {}, error() {} };

describe('HttpDaemon', () => {
  let registry: ServiceRegistry;
  let worker: Worker;
  let daemon: HttpDaemon;
  let url: string;

  async function start(made: HttpDaemon): Promise<void> {
    daemon = made;
    daemon.attach('/', new RpcGateway('', { registry }));
    const { port } = await daemon.start();
    url = `http://127.0.0.1:${port}/worker`;
  }

  const connection = (): Socket => connect(Number(new URL(url).port), '127.0.0.1');

  beforeEach(() => {
    registry = new ServiceRegistry();
    worker = new Worker(registry);
  });

  afterEach(() => daemon.stop());

  it('passes a request to the servlet with the longest matching path', async () => {
    await start(new HttpDaemon({ port: 0 }));
    const reply = (text: string) => ({ receive: () => ({ status: 200, type: 'text/plain', body: text }) });
    daemon.attach('/a', reply('a'));
    daemon.attach('/a/b/', reply('b'));
    const { origin } = new URL(url);
    const answers = await Promise.all(['/a', '/a/x', '/a/b', '/a/b/c', '/ab'].map((path) => ask(origin + path, {})));
    expect(answers.map(({ status, body }) => (status === 200 ? body : status))).to.deep.equal([
      'a',
      'a',
      'b',
      'b',
      404,
    ]);
    daemon.detach('/a/b');
    expect((await ask(`${origin}/a/b`, {})).body).to.equal('a');
  });

  it('refuses addresses that authorise rejects with 403', async () => {
    const asked: string[] = [];
    class Closed extends HttpDaemon {
      override async authorise(host: string): Promise<boolean> {
        asked.push(host);
        return false;
      }
    }
    await start(new Closed({ port: 0 }));
    expect(await statusOf(call(url, 'open'))).to.equal(403);
    expect(asked).to.deep.equal(['127.0.0.1']);
  });

  it('answers 500 if authorise fails, and continues', async () => {
    class Broken extends HttpDaemon {
      override authorise(): boolean {
        throw new Error('broken');
      }
    }
    await start(new Broken({ port: 0, log: quiet }));
    expect(await statusOf(call(url, 'open'))).to.equal(500);
    expect(await statusOf(call(url, 'open'))).to.equal(500);
  });

  it('reports why it cannot listen', async () => {
    await start(new HttpDaemon({ port: 0 }));
    const second = new HttpDaemon({ port: daemon.address.port });
    expect(await second.start().catch((error: NodeJS.ErrnoException) => error.code)).to.equal('EADDRINUSE');
  });

  it('releases a session if the client disconnects while it sends a request', async () => {
    await start(new HttpDaemon({ port: 0 }));
    const id = String(await call(url, 'open'));
    const session = registry.lookupServiceName(`worker/${id}`) as Held;
    const socket = connection();
    socket.write(post(`/worker/${id}`, { 'Content-Length': '99' }, '<?xml'));
    await until(() => session.held === 1);
    socket.destroy();
    await until(() => session.held === 0);
  });

  for (const [what, count] of [
    ['the request', 1],
    ['all pipelined requests', 3],
  ] as const) {
    it(`aborts ${what} of a client that disconnects`, async () => {
      await start(new HttpDaemon({ port: 0 }));
      const socket = connection();
      socket.write(post('/worker', {}, callDocument('work')).toString().repeat(count));
      await until(() => worker.running.length === count);
      socket.destroy();
      await until(() => worker.aborted === count);
    });
  }

  describe('on shutdown', () => {
    it('lets in-flight requests finish, and closes their connections', async () => {
      await start(new HttpDaemon({ port: 0 }));
      const answer = ask(url, { body: callDocument('work') });
      await until(() => worker.running.length === 1);
      const stopped = daemon.stop(10);
      worker.running[0]?.end();
      const { body, headers } = await answer;
      expect(body).to.contain('done');
      expect(headers.connection).to.equal('close');
      await stopped;
    });

    it('accepts no more connections', async () => {
      await start(new HttpDaemon({ port: 0 }));
      void call(url, 'work').catch(() => {});
      await until(() => worker.running.length === 1);
      const stopped = daemon.stop(10);
      expect(await call(url, 'open').catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ECONNREFUSED');
      worker.running[0]?.end();
      await stopped;
    });

    it('answers fault 58 to requests that outlast the grace period', async () => {
      await start(new HttpDaemon({ port: 0 }));
      const answer = faultOf(call(url, 'work'));
      await until(() => worker.running.length === 1);
      await daemon.stop(0.05);
      const string = 'netsvc -- Response Aborted\n\nThe server is shutting down.';
      expect(await answer).to.deep.equal({ code: 58, string });
    });

    it('closes idle connections, used or not', async () => {
      await start(new HttpDaemon({ port: 0 }));
      const sockets: Socket[] = [];
      for (const sent of ['', post('/worker', {}, callDocument('open'))]) {
        const socket = connection();
        await once(socket, 'connect');
        socket.write(sent);
        if (sent !== '') await once(socket, 'data');
        sockets.push(socket);
      }
      const closed = sockets.map((socket) => once(socket.resume(), 'close'));
      await daemon.stop(10);
      await Promise.all(closed);
    });
  });
});
