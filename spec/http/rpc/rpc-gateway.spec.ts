import { expect } from 'chai';
import { Service, ServiceRegistry, type ServiceServer, serve } from '#lib/index.js';
import { call, faultOf } from '../../support/client.js';

class Failing extends Service {
  constructor(registry: ServiceRegistry) {
    super('some/failing', registry);
    this.exportMethod(this.fail);
    this.exportMethod(this.unspeakable);
  }

  async fail(): Promise<void> {
    await Promise.reject(new Error('the password is secret'));
  }

  unspeakable(): unknown {
    return new Map();
  }
}

describe('RpcGateway', () => {
  let reported: object[];
  let server: ServiceServer;
  let url: string;

  beforeEach(async () => {
    reported = [];
    const note = (fields: object) => void reported.push(fields);
    const registry = new ServiceRegistry({ log: { info() {}, warn: note, error: note } });
    new Failing(registry);
    server = await serve({ port: 0, registry });
    url = `${server.url}some/failing`;
  });

  afterEach(() => server.close());

  describe('answers', () => {
    it('fault 57 for an unexpected exception, whose text is only logged', async () => {
      const { code, string } = await faultOf(call(url, 'fail'));
      expect(code).to.equal(57);
      const [, id] = /^netsvc -- Application Error\n\nrequest ([0-9a-f]{8}-\d+)$/.exec(string) ?? [];
      expect(reported).to.have.lengthOf(1);
      expect(reported[0]).to.deep.include({ request_id: id, client_address: '127.0.0.1', endpoint: 'some/failing' });
      expect(String((reported[0] as { err: unknown }).err)).to.contain('the password is secret');
    });

    it('fault 52 for a result that XML-RPC cannot represent', async () => {
      const reason = 'XML-RPC cannot represent a Map. Override encodeObject to convert it.';
      const string = `netsvc.xmlrpc -- Response Encoding Error\n\nresult: ${reason}`;
      expect(await faultOf(call(url, 'unspeakable'))).to.deep.equal({ code: 52, string });
      expect(reported).to.have.lengthOf(1);
      expect(reported[0]).to.deep.include({ method: 'unspeakable', place: 'result', reason, endpoint: 'some/failing' });
    });
  });
});
