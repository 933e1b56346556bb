import { expect } from 'chai';
import { Service, ServiceFailure, ServiceRegistry, ServiceRequest, Session } from '#lib/index.js';
import { encodeResponse, responsePieces } from '#lib/xmlrpc/encoder.js';
import { StreamedValue } from '#lib/xmlrpc/streamed-value.js';

class Adder extends Service {
  readonly calls: string[] = [];

  constructor() {
    super('adder', new ServiceRegistry({ log: { info() {}, warn() {}, error() {} } }));
    this.exportMethod(this.add, {
      params: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'int' },
      ],
    });
    this.exportMethod(this.whoAsks);
    this.exportMethod(this.forget);
    this.exportMethod(this.hangUp);
    this.exportMethod(this.unspeakable);
  }

  async add(a: number, b: number): Promise<number> {
    this.calls.push(`${a}+${b}`);
    return a + b;
  }

  whoAsks(): string {
    return this.currentRequest.user;
  }

  forget(): void {}

  hangUp(): void {
    request.abort(
      ServiceFailure.of({ code: 58, description: 'Response Aborted', origin: 'netsvc' }, 'The client disconnected.'),
    );
  }

  unspeakable(): unknown {
    return new Map();
  }
}

class Counter extends Session {
  #count = 0;

  constructor(parent: Service) {
    super(parent, 60, new ServiceRequest('', ''));
    this.exportMethod(this.count);
  }

  async count(): Promise<number> {
    return ++this.#count;
  }
}

let request: ServiceRequest;
let adder: Adder;

const call = (methodName: string, ...params: number[]) => ({ methodName, params });
const fault = (faultCode: number, faultString: string) => ({ faultCode, faultString });
const incorrect = (details: string) => fault(56, `netsvc -- Parameters Incorrect\n\n${details}`);

/** The encoded response to `system.multicall`. */
async function multicall(service: Service, calls: object): Promise<string> {
  const value = await service.perform('system.multicall', [calls as never], request);
  if (!(value instanceof StreamedValue)) return String(encodeResponse(value));
  let response = '';
  for await (const piece of responsePieces(value)) response += piece.toString();
  return response;
}

describe('system.multicall', () => {
  beforeEach(() => {
    request = new ServiceRequest('127.0.0.1', 'grace');
    adder = new Adder();
  });

  it('returns the results in order, each in an array', async () => {
    const answer = await multicall(adder, [call('add', 1, 2), call('whoAsks'), { methodName: 'whoAsks' }]);
    expect(answer).to.equal(encodeResponse([[3], ['grace'], ['grace']]));
  });

  it('returns nil for a method that returns nothing', async () => {
    expect(await multicall(adder, [call('forget')])).to.equal(encodeResponse([[null]]));
  });

  it('returns a fault in the place of a failed call, and makes the others', async () => {
    const calls = [call('add', 1), call('nothing'), call('unspeakable'), call('add', 1, 2)];
    expect(await multicall(adder, calls)).to.equal(
      encodeResponse([
        incorrect('Expected 2 arguments, received 1.'),
        fault(55, 'netsvc -- Method Unavailable\n\nThere is no method "nothing".'),
        fault(
          52,
          'netsvc.xmlrpc -- Response Encoding Error\n\nresult: XML-RPC cannot represent a Map. Override encodeObject to convert it.',
        ),
        [3],
      ]),
    );
  });

  it('rejects nested and malformed calls', async () => {
    const calls = [
      call('system.multicall'),
      'add' as never,
      {},
      { methodName: 'add', params: 1 },
      { methodName: 'add', params: { 1: 1, 3: 2 } },
      [],
    ];
    expect(await multicall(adder, calls)).to.equal(
      encodeResponse([
        incorrect('system.multicall must not be nested.'),
        incorrect('calls[1]: expected struct, received string.'),
        incorrect('calls[2].methodName: expected string, received nil.'),
        incorrect('calls[3].params: expected array, received int.'),
        incorrect('calls[4].params: expected array, received struct.'),
        incorrect('calls[5]: expected struct, received array.'),
      ]),
    );
  });

  it("accepts Lua's tables as the list of calls and as the params of each", async () => {
    const calls = {
      2: { methodName: 'whoAsks', params: {} },
      1: { methodName: 'add', params: { 2: 2, 1: 40 } },
      3: { methodName: 'whoAsks', params: null },
    };
    expect(await multicall(adder, calls)).to.equal(encodeResponse([[42], ['grace'], ['grace']]));
  });

  it('accepts up to 1000 calls', async () => {
    await multicall(adder, Array(1000).fill(call('add', 1, 2)));
    expect(adder.calls).to.have.length(1000);
    const error = await multicall(adder, Array(1001).fill(call('add', 1, 2))).catch((error: unknown) => error);
    expect(error)
      .to.be.instanceOf(ServiceFailure)
      .with.property('details', 'calls: expected at most 1000, received 1001.');
    expect(adder.calls).to.have.length(1000);
  });

  it('stops when the client disconnects', async () => {
    await multicall(adder, [call('add', 1, 2), call('hangUp'), call('add', 3, 4)]);
    expect(adder.calls).to.deep.equal(['1+2']);
  });

  it('is one request of a session, and ends if it closes the session', async () => {
    const counter = new Counter(adder);
    const answers = [
      multicall(counter, [call('count'), call('count')]),
      multicall(counter, [call('count'), call('close'), call('count')]),
    ];
    expect(await Promise.all(answers)).to.deep.equal([
      encodeResponse([[1], [2]]),
      encodeResponse([[3], [0], fault(58, 'netsvc -- Response Aborted\n\nThe endpoint was closed.')]),
    ]);
  });
});

describe('system.getCapabilities', () => {
  it('returns the supported extensions, without faults_interop', () => {
    const capabilities = new Adder().perform('system.getCapabilities', [], request);
    expect(capabilities).to.have.all.keys('xmlrpc', 'introspection', 'system.multicall', 'nil');
    for (const capability of Object.values(capabilities as object)) {
      expect(capability).to.have.all.keys('specUrl', 'specVersion');
    }
  });
});
