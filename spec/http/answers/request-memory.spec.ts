import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  HttpDaemon,
  MemoryAccounts,
  RpcGateway,
  Service,
  ServiceFailure,
  ServiceRegistry,
  Session,
  StreamedValue,
} from '#lib/index.js';
import { call, callDocument, faultOf } from '../../support/client.js';
import { ask } from '../../support/http.js';
import { until } from '../../support/until.js';

const MB = 1024 ** 2;

/** Each takes 224 bytes of memory and 51 of a body. */
const ARRAYS = (count: number) => '<value><array><data><value/></data></array></value>'.repeat(count);

const document = (method: string, items = '') =>
  `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params><param><value><array><data>${items}` +
  '</data></array></value></param></params></methodCall>';

class Waiter extends Session {
  constructor(parent: Service) {
    super(parent, 60);
    this.exportMethod(this.wait);
    this.exportMethod(this.count);
  }

  wait(_items: unknown): Promise<number> {
    const { signal } = this.currentRequest;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      waiting.push(() => resolve(1));
    });
  }

  count(items: readonly unknown[]): number {
    made++;
    return items.length;
  }
}

let waiting: (() => void)[] = [];
let made = 0;

class Waiters extends Service {
  constructor(registry: ServiceRegistry) {
    super('waiters', registry);
    this.exportMethod(this.open);
    this.exportMethod(this.count);
    this.exportMethod(this.fail);
    this.exportMethod(this.large);
    this.exportMethod(this.streamed);
  }

  open(): string {
    return new Waiter(this).childName;
  }

  count(items: readonly unknown[]): number {
    made++;
    return items.length;
  }

  fail(_items: unknown): never {
    throw new ServiceFailure(1, 'Failed');
  }

  large(): string {
    return 'x'.repeat(16 * MB);
  }

  streamed(): StreamedValue {
    return new StreamedValue(
      (function* () {
        yield Buffer.from('<value><string>');
        for (let i = 0; i < 1000; i++) yield Buffer.alloc(64 * 1024, 'x');
        yield Buffer.from('</string></value>');
      })(),
    );
  }
}

describe('The memory of requests', () => {
  const memory = new MemoryAccounts({ process: 20 * MB, user: 10 * MB, session: 5 * MB });
  let registry: ServiceRegistry;
  let daemon: HttpDaemon;
  let url: string;

  beforeEach(async () => {
    waiting = [];
    made = 0;
    registry = new ServiceRegistry({ memory });
    new Waiters(registry);
    // Clients can have any addresses.
    daemon = new HttpDaemon({ port: 0, isProxy: (host) => host === '127.0.0.1' });
    daemon.attach('/', new RpcGateway('', { registry }));
    url = `http://127.0.0.1:${(await daemon.start()).port}/waiters`;
  });

  afterEach(async () => {
    for (const end of waiting) end();
    await daemon.stop(1);
    await registry.close();
    expect(memory.process.used).to.equal(0);
    expect(memory.usedByKind).to.deep.equal({ requests: 0, statements: 0, rows: 0, answers: 0, responses: 0 });
  });

  const open = async () => `${url}/${String(await call(url, 'open'))}`;
  const idle = () => until(() => memory.process.used === 0, 5);

  for (const [coding, encode] of [
    ['identity', (text: string) => Buffer.from(text)],
    ['gzip', (text: string) => gzipSync(text)],
  ] as const) {
    it(`refuses a body that takes more than a session may hold, before it is a call (${coding})`, async () => {
      const session = await open();
      const body = encode(document('count', ARRAYS(30_000)));
      const headers = { 'Content-Type': 'text/xml', 'Content-Encoding': coding };
      const { status, body: answer } = await ask(session, { headers, body });
      expect(status).to.equal(200);
      expect(answer)
        .to.include('<int>51</int>')
        .and.to.include('memory account of the session')
        .and.to.include(5 * MB);
      expect(made).to.equal(0);
      await idle();
      expect(await call(session, 'count', [1])).to.equal(1);
    });
  }

  it('refuses it outside of sessions too, by the account of the address', async () => {
    const { body } = await ask(url, { body: document('count', ARRAYS(100_000)) });
    expect(body).to.include('memory account of the user');
    expect(made).to.equal(0);
  });

  it('counts the calls that wait, and answers small ones although the account is full', async () => {
    const session = await open();
    const running = call(session, 'wait', []);
    await until(() => waiting.length === 1);
    const answers: string[] = [];
    const waits = Array.from({ length: 5 }, async () => {
      answers.push((await ask(session, { body: document('count', ARRAYS(6000)) })).body);
    });
    await until(() => answers.length === 2);
    for (const refused of answers) expect(refused).to.include('memory account of the session');
    expect(memory.process.used).to.be.within(2 * MB, 5 * MB);
    const small = call(session, 'count', [1]);
    const other = await open();
    expect((await ask(other, { body: document('count', ARRAYS(6000)) })).body).to.include('<int>6000</int>');
    for (const end of waiting) end();
    await running;
    expect(await small).to.equal(1);
    await Promise.all(waits);
    expect(answers.filter((body) => body.includes('faultCode'))).to.have.length(2);
    await idle();
  });

  it('counts all sessions of a user', async () => {
    const sessions = await Promise.all(Array.from({ length: 4 }, open));
    const wait = (session: string) => ask(session, { body: document('wait', ARRAYS(18_000)) });
    const waits: Promise<unknown>[] = [];
    // One after the other: calls that arrive together take from one another what only two of them can have.
    for (const session of sessions.slice(0, 2)) {
      waits.push(wait(session));
      await until(() => waiting.length === waits.length);
    }
    for (const session of sessions.slice(2)) {
      expect((await wait(session)).body)
        .to.include('memory account of the user')
        .and.to.include(10 * MB);
    }
    expect(waiting).to.have.length(2);
    for (const end of waiting) end();
    await Promise.all(waits);
    await idle();
  });

  it('counts all users, and answers small requests although the process may hold no more', async () => {
    const users = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
    const from = (user: string) => ({ 'Content-Type': 'text/xml', 'X-Forwarded-For': user });
    const opened = async (user: string) => {
      const { body } = await ask(url, {
        headers: from(user),
        body: callDocument('open'),
      });
      return `${url}/${/<string>(.*)<\/string>/.exec(body)?.[1]}`;
    };
    const waits: Promise<unknown>[] = [];
    const full: string[] = [];
    for (const user of users) {
      for (const session of [await opened(user), await opened(user)]) {
        const { length } = waiting;
        const wait = ask(session, { headers: from(user), body: document('wait', ARRAYS(18_000)) });
        const { body = '' } = (await Promise.race([wait, until(() => waiting.length > length)])) ?? {};
        if (body === '') waits.push(wait);
        else full.push(body);
      }
    }
    // Each takes almost four MB.
    expect(waits).to.have.length(5);
    expect(full).to.have.length(1);
    for (const refused of full)
      expect(refused)
        .to.include('memory account of the process')
        .and.to.include(20 * MB);
    const small = await ask(url, { headers: from('10.0.0.4'), body: document('count', ARRAYS(10)) });
    expect(small.body).to.include('<int>10</int>');
    for (const end of waiting) end();
    await Promise.all(waits);
    await idle();
    const again = await ask(await opened('10.0.0.3'), {
      headers: from('10.0.0.3'),
      body: document('count', ARRAYS(18_000)),
    });
    expect(again.body).to.include('<int>18000</int>');
  });

  const endings: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
    'has been answered': async (url) => ask(url, { body: document('count', ARRAYS(5000)) }),
    'has failed': async () => ask(url, { body: document('fail', ARRAYS(5000)) }),
    'is not a call': async (url) => ask(url, { body: `${document('count', ARRAYS(5000))}<` }),
    'is not compressed as it says': async (url) => {
      const body = gzipSync(document('count', ARRAYS(50_000))).subarray(0, -100);
      return ask(url, { headers: { 'Content-Type': 'text/xml', 'Content-Encoding': 'gzip' }, body });
    },
    'had a large response': async () => call(url, 'large'),
    'had a streamed response': async () => ask(url, { body: callDocument('streamed') }),
    'was closed with its session': async (session) => {
      const waits = [1, 2].map(() => ask(session, { body: document('wait', ARRAYS(5000)) }));
      await until(() => memory.usedByKind.requests > 2 * MB);
      await call(session, 'close');
      return Promise.all(waits);
    },
  };
  for (const [name, end] of Object.entries(endings)) {
    it(`is returned when the request ${name}`, async () => {
      await end(await open());
      await idle();
    });
  }

  for (const [moment, method, sent] of [
    ['in the middle of the body', 'count', 0.5],
    ['while it waits or runs', 'wait', 1],
    ['with an unread response', 'large', 1],
    ['with an unread streamed response', 'streamed', 1],
  ] as const) {
    it(`is returned when the client disconnects ${moment}`, async () => {
      const session = method === 'wait' || method === 'count' ? await open() : url;
      const items = method === 'wait' || method === 'count' ? ARRAYS(5000) : '';
      const body = items ? document(method, items) : callDocument(method);
      const { hostname, port, pathname } = new URL(session);
      const sockets = await Promise.all(
        [1, 2].map(async () => {
          const socket = connect(Number(port), hostname).pause();
          await once(socket, 'connect');
          socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n`);
          socket.write(`Content-Length: ${body.length}\r\n\r\n${body.slice(0, body.length * sent)}`);
          return socket;
        }),
      );
      // The last 64 KB of what has arrived have not been decoded.
      await until(() => memory.process.used > MB / 2, 5);
      for (const socket of sockets) socket.destroy();
      await idle();
    });
  }

  it('is returned when the server shuts down', async () => {
    const session = await open();
    const waits = [1, 2].map(() => ask(session, { body: document('wait', ARRAYS(5000)) }).catch(() => {}));
    await until(() => memory.usedByKind.requests > 2 * MB);
    await daemon.stop(0);
    await Promise.all(waits);
    await idle();
  });

  it('names the account in a fault that clients can read', async () => {
    const session = await open();
    const large = Array.from({ length: 40_000 }, () => ['']);
    const { code, string } = await faultOf(call(session, 'count', large));
    expect(code).to.equal(51);
    expect(string).to.equal(
      'netsvc -- Resource Unavailable\n\n' +
        `The memory account of the session has too little left for this call. Its limit is ${5 * MB} bytes.`,
    );
  });
});
