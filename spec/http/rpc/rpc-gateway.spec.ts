import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry, Session } from '#lib/index.js';
import { call, callDocument, faultOf, statusOf } from '../../support/client.js';
import { ask } from '../../support/http.js';

const reported: object[] = [];
const note = (fields: object) => void reported.push(fields);
const log = { info() {}, warn: note, error: note };

class Parent extends Service {
  constructor(registry: ServiceRegistry) {
    super('some/parent', registry);
    this.joinGroup('web-services');
    this.exportMethod(this.open);
    this.exportMethod(this.echo);
    this.exportMethod(this.who);
    this.exportMethod(this.fail);
    this.exportMethod(this.unspeakable);
  }

  open(): string {
    return new Session(this, 60).childName;
  }

  echo(value: unknown): unknown {
    return value;
  }

  who(): string[] {
    const { user, remoteAddress } = this.currentRequest;
    return [user, remoteAddress];
  }

  async fail(): Promise<void> {
    await Promise.reject(new Error('the password is secret'));
  }

  unspeakable(): unknown {
    return new Map();
  }
}

/** Authorises anonymous clients, and users whose password is their name reversed. */
class Guarded extends RpcGateway {
  override async authorise(login: string, password: string): Promise<boolean> {
    await Promise.resolve();
    return password === [...login].reverse().join('');
  }
}

describe('RpcGateway', () => {
  let daemon: HttpDaemon;
  let registry: ServiceRegistry;
  let origin: string;
  let url: string;

  before(async () => {
    registry = new ServiceRegistry({ log });
    new Parent(registry);
    new Service('outsider', registry);
    daemon = new HttpDaemon({ port: 0, log });
    daemon.attach('/', new Guarded('web-services', { registry }));
    daemon.attach('/everybody', new RpcGateway('', { registry }));
    const { port } = await daemon.start();
    origin = `http://127.0.0.1:${port}`;
    url = `${origin}/some/parent`;
  });

  after(() => daemon.stop());

  it('finds services by the path below its own, in its group', async () => {
    expect(await call(url, 'echo', 'x')).to.equal('x');
    expect(await call(`${origin}/everybody/some/parent`, 'echo', 'x')).to.equal('x');
    expect(await call(`${origin}/everybody/outsider`, 'system.methodHelp', 'system.listMethods')).to.be.a('string');
    expect(await statusOf(call(`${origin}/outsider`, 'system.listMethods'))).to.equal(404);
  });

  it('passes the user and the address to methods', async () => {
    expect(await call(url.replace('//', '//grace:ecarg@'), 'who')).to.deep.equal(['grace', '127.0.0.1']);
    expect(await call(url, 'who')).to.deep.equal(['', '127.0.0.1']);
  });

  describe('answers', () => {
    it('fault 57 for an unexpected exception, whose text is only logged', async () => {
      reported.length = 0;
      const { code, string } = await faultOf(call(url, 'fail'));
      expect(code).to.equal(57);
      const [, id] = /^netsvc -- Application Error\n\nrequest ([0-9a-f]{8}-\d+)$/.exec(string) ?? [];
      expect(reported).to.have.lengthOf(1);
      expect(reported[0]).to.deep.include({ request_id: id, client_address: '127.0.0.1', endpoint: 'some/parent' });
      expect(String((reported[0] as { err: unknown }).err)).to.contain('the password is secret');
    });

    it('fault 52 for a result that XML-RPC cannot represent', async () => {
      reported.length = 0;
      const reason = 'XML-RPC cannot represent a Map. Override encodeObject to convert it.';
      const string = `netsvc.xmlrpc -- Response Encoding Error\n\nresult: ${reason}`;
      expect(await faultOf(call(url, 'unspeakable'))).to.deep.equal({ code: 52, string });
      expect(reported).to.have.lengthOf(1);
      expect(reported[0]).to.deep.include({ method: 'unspeakable', place: 'result', reason, endpoint: 'some/parent' });
    });
  });

  describe('on sessions', () => {
    it('answers 404 after they are closed', async () => {
      const session = `${url}/${await call(url, 'open')}`;
      expect(await call(session, 'close')).to.equal(0);
      expect(await statusOf(call(session, 'close'))).to.equal(404);
    });

    it('answers 404 to every user but the one that opened it, as for one that does not exist', async () => {
      const session = `${url}/${await call(url.replace('//', '//grace:ecarg@'), 'open')}`;
      const unknown = await ask(`${url}/AAAAAAAAAAAAAAAAAAAAAA`, { body: callDocument('close') });
      const other = await ask(session, { body: callDocument('close') });
      expect([other.status, other.body]).to.deep.equal([unknown.status, unknown.body]);
      expect(await statusOf(call(session.replace('//', '//ada:ada@'), 'close'))).to.equal(404);
      expect(await call(session.replace('//', '//grace:ecarg@'), 'close')).to.equal(0);
    });
  });
});
