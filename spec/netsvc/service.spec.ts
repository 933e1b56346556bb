import { expect } from 'chai';
import {
  FAULTS,
  type MethodDeclaration,
  Service,
  ServiceFailure,
  ServiceRegistry,
  ServiceRequest,
  type Value,
} from '#lib/index.js';

const request = new ServiceRequest('192.0.2.1', 'grace');

class Adder extends Service {
  constructor(registry: ServiceRegistry) {
    super('adder', registry);
    this.exportMethod(this.add, {
      params: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'double' },
        { name: 'c', type: 'int', optional: true },
      ],
      returns: 'double',
      help: 'Adds up.',
    });
    this.exportMethod(this.undeclared);
    this.exportMethod(this.who, 'whoIsIt');
    this.exportMethod(this.late);
  }

  add(a: number, b: number, c = 0): number {
    return a + b + c;
  }

  undeclared(a: unknown, b: unknown): unknown[] {
    return [a, b];
  }

  who(): string {
    return `${this.currentRequest.user} at ${this.currentRequest.remoteAddress}`;
  }

  async late(): Promise<string> {
    await Promise.resolve();
    return this.currentRequest.user;
  }
}

function failure(run: () => unknown): ServiceFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof ServiceFailure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('ServiceRequest', () => {
  it('calls its listeners once when it is aborted, and not those that have ended', () => {
    const aborted = new ServiceRequest('192.0.2.1', 'grace');
    const told: unknown[] = [];
    aborted.onAbort((reason) => told.push(reason));
    aborted.onAbort(() => told.push('ended'))();
    aborted.abort('gone');
    aborted.abort('again');
    expect(told).to.deep.equal(['gone']);
  });
});

describe('Service', () => {
  let service: Adder;

  beforeEach(() => {
    service = new Adder(new ServiceRegistry());
  });

  it('calls exported methods with the declared arguments', () => {
    expect(service.perform('add', [1, 2.5], request)).to.equal(3.5);
    expect(service.perform('add', [1, 2, 3], request)).to.equal(6);
  });

  it('accepts nil for an optional argument', () => {
    expect(service.perform('add', [1, 2, null], request)).to.equal(3);
  });

  it("accepts Lua's tables for a declared array, and empty lists for a declared struct", () => {
    const params = [
      { name: 'items', type: 'array' },
      { name: 'options', type: 'struct', optional: true },
    ] as const;
    service.exportMethod((items, options) => [items, options ?? null], { name: 'take', params });
    expect(service.perform('take', [{ 2: 'b', 1: 'a' }], request)).to.deep.equal([['a', 'b'], null]);
    expect(service.perform('take', [{}, []], request)).to.deep.equal([[], {}]);
    expect(service.perform('take', [[{ 1: 'a' }], { 1: 'a' }], request)).to.deep.equal([[{ 1: 'a' }], { 1: 'a' }]);
    const details = (...values: Value[]) => failure(() => service.perform('take', values, request)).details;
    expect(details({ 0: 'a', 1: 'b' })).to.equal('items: expected array, received struct.');
    expect(details([], [1])).to.equal('options: expected struct, received array.');
  });

  it('exports a method under another name', () => {
    expect(service.perform('whoIsIt', [], request)).to.equal('grace at 192.0.2.1');
    expect(failure(() => service.perform('who', [], request)).error).to.equal(55);
  });

  it("answers fault 55 for methods that are not exported, including those of JavaScript's objects", () => {
    for (const name of ['nothing', 'constructor', '__proto__', 'toString', 'exportMethod']) {
      expect(failure(() => service.perform(name, [], request)).faultString).to.equal(
        `netsvc -- Method Unavailable\n\nThere is no method "${name}".`,
      );
    }
  });

  const wrong: [string, string, readonly (number | string | null)[], string][] = [
    ['too few arguments', 'add', [1], 'Expected 2-3 arguments, received 1.'],
    ['too many arguments', 'add', [1, 2, 3, 4], 'Expected 2-3 arguments, received 4.'],
    ['an argument of the wrong type', 'add', [1, 'x'], 'b: expected double, received string.'],
    ['an integer of more than 32 bits for an int', 'add', [2 ** 31, 1], 'a: expected int, received i8.'],
    ['nil for a required argument', 'add', [null, 1], 'a: expected int, received nil.'],
    ['too few arguments of an undeclared method', 'undeclared', [1], 'Expected 2 or more arguments, received 1.'],
  ];
  for (const [what, method, params, details] of wrong) {
    it(`answers fault 56 for ${what}`, () => {
      const { error, description, details: said } = failure(() => service.perform(method, params, request));
      expect([error, description, said]).to.deep.equal([56, 'Parameters Incorrect', details]);
    });
  }

  it('rejects two methods with one name', () => {
    expect(() => service.exportMethod(() => 1, 'add')).to.throw(TypeError, 'already exported');
  });

  it('rejects what is not a function', () => {
    const { missing } = service as unknown as Record<string, () => number>;
    expect(() => service.exportMethod(missing as () => number)).to.throw(TypeError, 'must be a function, and is undef');
  });

  it('rejects a required parameter behind an optional one', () => {
    const late: MethodDeclaration = {
      params: [
        { name: 'a', type: 'int', optional: true },
        { name: 'b', type: 'int' },
      ],
    };
    expect(() => service.exportMethod((a = 1) => a, { name: 'late2', ...late })).to.throw(
      TypeError,
      '"late2" has the required parameter "b" behind an optional one',
    );
  });

  it('rejects a method without a name', () => {
    expect(() =>
      service.exportMethod(
        (
          () => () =>
            1
        )(),
      ),
    ).to.throw(TypeError, 'needs a name');
  });

  it('rejects a name with white space around it, which requests cannot have', () => {
    expect(() => service.exportMethod(() => 1, 'add ')).to.throw(TypeError, 'begins or ends with white space');
  });

  it('has the current request until the first await of a method, and never that of another', async () => {
    const answer = service.perform('late', [], request);
    service.perform('whoIsIt', [], new ServiceRequest('', 'ada'));
    expect(await Promise.resolve(answer).catch((error: Error) => error.message)).to.match(/^No request is current/);
  });

  it('fails with the fault of abortResponse', () => {
    const aborted = failure(() => service.abortResponse(7, 'Too Late', 'clock', 'It is noon.'));
    expect(aborted.faultString).to.equal('clock -- Too Late\n\nIt is noon.');
  });

  it('lets executeMethod convert errors', () => {
    class Translating extends Adder {
      override executeMethod(): unknown {
        return this.abortResponse(9, 'Translated');
      }
    }
    const translating = new Translating(new ServiceRegistry());
    expect(failure(() => translating.perform('add', [1, 2], request)).faultString).to.equal('Translated');
  });

  it('describes itself', () => {
    expect(service.perform('system.listMethods', [], request)).to.include.members([
      'add',
      'whoIsIt',
      'system.methodHelp',
    ]);
    expect(service.perform('system.methodHelp', ['add'], request)).to.equal('Adds up.');
    expect(service.perform('system.methodHelp', ['undeclared'], request)).to.equal('');
    expect(service.perform('system.methodSignature', ['undeclared'], request)).to.equal('undef');
    expect(service.perform('system.methodSignature', ['add'], request)).to.deep.equal([
      ['double', 'int', 'double'],
      ['double', 'int', 'double', 'int'],
    ]);
    expect(failure(() => service.perform('system.methodHelp', ['nothing'], request)).error).to.equal(55);
  });

  it('describes the sessions that a method opens, with the method that every session has', () => {
    const opens = { next: { params: [], returns: 'int' }, add: {}, first: { name: 'begin' } } as const;
    service.exportMethod(() => '', { name: 'open', returns: 'string', help: 'Opens a counter.', opens });
    expect(service.perform('system.methodHelp', ['open'], request)).to.equal(
      'Opens a counter. Methods of the session: add, begin, close, next.',
    );
  });

  describe('timers', () => {
    it('call back once, with their name', async () => {
      const name = await new Promise((resolve) => service.startTimer(resolve, 0.001, 'idle'));
      expect(name).to.equal('idle');
    });

    it('replace the timer of the same name', async () => {
      const called: string[] = [];
      await new Promise<void>((resolve) => {
        service.startTimer(() => called.push('first'), 0.001, 'idle');
        service.startTimer(() => called.push('second'), 0.001, 'idle');
        service.startTimer(() => resolve(), 0.02);
      });
      expect(called).to.deep.equal(['second']);
    });

    it('are cancelled by name, and with the service', async () => {
      const called: string[] = [];
      const other = new Adder(new ServiceRegistry());
      service.startTimer(() => called.push('cancelled'), 0.001, 'idle');
      service.cancelTimer('idle');
      service.cancelTimer('unknown');
      service.startTimer(() => called.push('withdrawn'), 0.001);
      service.destroyReferences();
      await new Promise((resolve) => other.startTimer(resolve, 0.02));
      expect(called).to.deep.equal([]);
    });
  });
});

describe('the fault table', () => {
  it('has the codes and descriptions of OSE', () => {
    const table = Object.values(FAULTS).map(({ code, description, origin }) => `${code} ${origin} -- ${description}`);
    expect(table).to.deep.equal([
      '51 netsvc -- Resource Unavailable',
      '52 netsvc.xmlrpc -- Response Encoding Error',
      '54 netsvc.xmlrpc -- Request Decoding Error',
      '55 netsvc -- Method Unavailable',
      '56 netsvc -- Parameters Incorrect',
      '57 netsvc -- Application Error',
      '58 netsvc -- Response Aborted',
    ]);
  });
});
