import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry } from '#lib/index.js';
import { callDocument } from '../../support/client.js';
import { until } from '../../support/until.js';

class Echo extends Service {
  readonly waiting: (() => void)[] = [];

  constructor(registry: ServiceRegistry) {
    super('echo', registry);
    this.exportMethod(this.echo);
    this.exportMethod(this.wait);
  }

  echo(value: unknown): unknown {
    return value;
  }

  async wait(value: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return value;
  }
}

describe('a connection on the fast path', () => {
  let daemon: HttpDaemon;
  let echo: Echo;
  let origin: string;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    const registry = new ServiceRegistry();
    echo = new Echo(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    origin = `http://127.0.0.1:${(await daemon.start()).port}`;
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await daemon.stop();
  });

  function request(method: string, text: string, headers = ''): string {
    const body = callDocument(method, text);
    const length = Buffer.byteLength(body);
    return `POST /echo HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: ${length}\r\n${headers}\r\n${body}`;
  }

  function open(): { socket: Socket; answers: () => string } {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.setNoDelay();
    sockets.push(socket);
    let answers = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answers += text;
    });
    return { socket, answers: () => answers };
  }

  const echoed = (answers: string) => [...answers.matchAll(/<string>(.*?)<\/string>/g)].map(([, text]) => text);

  it('answers requests that arrive during a response, in order', async () => {
    const { socket, answers } = open();
    socket.write(request('wait', '1'));
    await until(() => echo.waiting.length === 1);
    const before = socket.bytesWritten;
    socket.write(request('echo', '2'));
    await until(() => socket.bytesWritten > before && socket.writableLength === 0);
    echo.waiting[0]?.();
    await until(() => echoed(answers()).length === 2);
    expect(echoed(answers())).to.deep.equal(['1', '2']);
  });

  it('moves to the slow path for any other request, and continues there', async () => {
    const { socket, answers } = open();
    const sent = [
      request('echo', '1'),
      request('echo', '2'),
      request('echo', '3', 'TE: trailers\r\n'),
      request('echo', '4'),
      request('echo', '5') + request('echo', '6'),
    ];
    for (const [i, text] of sent.entries()) {
      socket.write(text);
      await until(() => echoed(answers()).length > i);
    }
    await until(() => echoed(answers()).length === 6);
    expect(echoed(answers())).to.deep.equal(['1', '2', '3', '4', '5', '6']);
  });

  it('accepts a large body after small ones', async () => {
    const { socket, answers } = open();
    socket.write(request('echo', 'x'));
    await until(() => echoed(answers()).length === 1);
    const large = 'y'.repeat(200_000);
    socket.write(request('echo', large));
    await until(() => echoed(answers()).length === 2);
    expect(echoed(answers())[1]).to.equal(large);
  });

  it('is closed at once on shutdown if no request is in flight', async () => {
    const { socket, answers } = open();
    socket.write(request('echo', 'x'));
    await until(() => echoed(answers()).length === 1);
    const closed = once(socket, 'close');
    await daemon.stop(10);
    await closed;
  });

  it('announces Connection: close with its last response', async () => {
    const { socket, answers } = open();
    socket.write(request('wait', 'x'));
    await until(() => echo.waiting.length === 1);
    const closed = once(socket, 'close');
    const stopped = daemon.stop(10);
    echo.waiting[0]?.();
    await Promise.all([stopped, closed]);
    expect(answers()).to.match(/\r\nConnection: close\r\n.*<string>x<\/string>/s);
  });
});
