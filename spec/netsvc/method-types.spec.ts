import { expect } from 'chai';
import { type MethodDeclaration, Service, ServiceRegistry, type Value } from '#lib/index.js';

const ADD = {
  params: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'i8', optional: true },
  ],
  returns: 'int',
} as const satisfies MethodDeclaration;

/** Lines that must not compile are marked, so that the compiler reports those that do. */
class Typed extends Service {
  constructor() {
    super('typed', new ServiceRegistry());
    this.exportMethod(this.add, ADD);
    this.exportMethod(this.join, { params: [{ name: 'items', type: 'array' }], returns: 'string' });
    this.exportMethod((): void => {}, { name: 'nothing', params: [], returns: 'nil' });
    // Fewer parameters than declared are valid, as for every function in TypeScript.
    this.exportMethod((a: number) => a, { name: 'fewer', ...ADD });
    // A declaration whose types are not known at compile time is checked at run time only.
    const declaration: MethodDeclaration = ADD;
    this.exportMethod(this.join, { ...declaration, name: 'unknown' });

    this.exportMethod(this.open, { params: [], returns: 'string', opens: TABLE });
    const opening: MethodDeclaration = { returns: 'string', opens: TABLE };
    this.exportMethod(this.open, { ...opening, name: 'openUnknown' });

    // @ts-expect-error: a method that opens a session returns its id
    expect(() => this.exportMethod(() => 1, { name: 'id', params: [], returns: 'int', opens: TABLE })).to.throw(
      '"id" opens a session, but is not declared to return its id, a string',
    );
    // @ts-expect-error: not a declaration
    this.exportMethod(this.open, { name: 'wrongTable', params: [], returns: 'string', opens: { add: 'a' } });
    // @ts-expect-error: an int is a number
    this.exportMethod((a: string) => a.length, { name: 'wrongType', params: [{ name: 'a', type: 'int' }] });
    // @ts-expect-error: a double is a number, and not a Double
    this.exportMethod((a: bigint) => a, { name: 'wrongNumber', params: [{ name: 'a', type: 'double' }] });
    // @ts-expect-error: an optional argument can be undefined
    this.exportMethod((a: number, b: number) => a + b, { name: 'notOptional', ...ADD });
    // @ts-expect-error: one parameter more than declared
    this.exportMethod((a: number, b: string) => b.repeat(a), { name: 'tooMany', params: [{ name: 'a', type: 'int' }] });
    // @ts-expect-error: declared to return a string
    this.exportMethod(this.add, { name: 'wrongResult', params: ADD.params, returns: 'string' });
    // @ts-expect-error: declared to return a string
    this.exportMethod(async () => 1, { name: 'wrongPromise', params: [], returns: 'string' });
    // @ts-expect-error: not a type of XML-RPC
    this.exportMethod(this.add, { name: 'unknownType', params: [{ name: 'a', type: 'float' }] });
  }

  async add(a: number, b: number | bigint = 1): Promise<number> {
    return a + Number(b);
  }

  open(): string {
    return '';
  }

  join(items: readonly Value[]): string {
    return items.join();
  }
}

const TABLE = {
  add: ADD,
  join: { params: [{ name: 'items', type: 'array' }], returns: 'string' },
} as const satisfies Record<string, MethodDeclaration>;

const ADD_TEXT = { add: { params: [{ name: 'a', type: 'string' }], returns: 'int' } } as const;

class Implementing extends Typed {
  constructor() {
    super();
    this.exportMethods({ renamed: TABLE.join });
    this.exportMethods({ reopen: { params: [], returns: 'string', opens: TABLE } });
    // @ts-expect-error: a method that opens a session returns its id
    expect(() => this.exportMethods({ count: { params: [], returns: 'int', opens: TABLE } })).to.throw('its id');
    // @ts-expect-error: there is no such method
    expect(() => this.exportMethods({ missing: TABLE.join })).to.throw();
    // @ts-expect-error: the method has a parameter of another type
    expect(() => this.exportMethods(ADD_TEXT)).to.throw('"add" is already exported');
    // @ts-expect-error: the method returns another type
    expect(() => this.exportMethods({ join: { params: TABLE.join.params, returns: 'int' } })).to.throw();
    expect(() => this.exportMethods(TABLE)).to.throw('"add" is already exported');
  }

  reopen(): string {
    return '';
  }

  count(): number {
    return 0;
  }

  renamed(items: readonly Value[]): string {
    return this.join(items);
  }
}

describe('exportMethods', () => {
  it('checks the methods of a service against a table when it is compiled', () => {
    expect(new Implementing().exportedMethods()).to.include.members(['add', 'renamed']);
  });
});

describe('exportMethod', () => {
  it('checks the types of a method against its declaration when it is compiled', () => {
    expect(new Typed().exportedMethods()).to.include.members(['add', 'join', 'nothing', 'fewer', 'unknown']);
  });
});
