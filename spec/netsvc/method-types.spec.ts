import { expect } from 'chai';
import {
  type DateTime,
  type MethodDeclaration,
  Service,
  ServiceRegistry,
  type StreamedValue,
  type Value,
} from '#lib/index.js';

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
    expect(() => this.exportMethods({ missing: TABLE.join })).to.throw('Implementing has no method "missing"');
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

interface Row {
  readonly id: number;
  readonly note?: string;
  readonly next: Row | null;
}

class Point {
  readonly x = 1;
  distance(): number {
    return this.x;
  }
}

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Returns a function whose result the compiler knows. It is not called. */
function giving<T>(): () => T {
  return () => undefined as T;
}

const STRUCT = { params: [], returns: 'struct' } as const satisfies MethodDeclaration;
const ARRAY = { params: [], returns: 'array' } as const satisfies MethodDeclaration;
const ANY = { params: [], returns: 'any' } as const satisfies MethodDeclaration;

class Returning extends Service {
  constructor() {
    super('returning', new ServiceRegistry());
    this.exportMethod(giving<Row>(), { ...STRUCT, name: 'interface' });
    this.exportMethod(giving<Promise<Row[]>>(), { ...ARRAY, name: 'interfaces' });
    this.exportMethod(giving<readonly Json[]>(), { ...ARRAY, name: 'json' });
    this.exportMethod(giving<readonly Value[]>(), { ...ARRAY, name: 'values' });
    this.exportMethod(giving<Promise<StreamedValue | Value[]>>(), { ...ARRAY, name: 'streamed' });
    this.exportMethod(giving<[id: number, at: DateTime, size: bigint, data: Buffer]>(), { ...ARRAY, name: 'tuple' });
    this.exportMethod(giving<DateTime>(), { params: [], returns: 'dateTime.iso8601', name: 'date' });
    this.exportMethod(giving<string | undefined>(), { ...ANY, name: 'maybe' });
    this.exportMethod(giving<Record<string, unknown>>(), { ...STRUCT, name: 'unknownMembers' });
    // What encodeObject converts: the compiler does not know what it is.
    this.exportMethod(giving<object>(), { ...STRUCT, name: 'object' });
    this.exportMethod(giving<unknown[]>(), { ...ARRAY, name: 'unknowns' });
    this.exportMethod(giving<unknown>(), { ...ANY, name: 'unknown' });

    // @ts-expect-error: a Date has no zone that the client would know
    this.exportMethod(giving<Date>(), { params: [], returns: 'dateTime.iso8601', name: 'wrongDate' });
    // @ts-expect-error: as above, wherever it is
    this.exportMethod(giving<{ rows: { when: Date }[] }>(), { ...STRUCT, name: 'wrongDateInRows' });
    // @ts-expect-error: as above
    this.exportMethod(giving<Promise<Map<string, number>[]>>(), { ...ARRAY, name: 'wrongMap' });
    // @ts-expect-error: as above
    this.exportMethod(giving<{ tags: Set<string> }>(), { ...STRUCT, name: 'wrongSet' });
    // @ts-expect-error: an instance of a class
    this.exportMethod(giving<{ at: Point }>(), { ...STRUCT, name: 'wrongInstance' });
    // @ts-expect-error: a function
    this.exportMethod(giving<{ id: number; save(): void }>(), { ...STRUCT, name: 'wrongFunction' });
    // @ts-expect-error: a symbol
    this.exportMethod(giving<symbol[]>(), { ...ARRAY, name: 'wrongSymbol' });
    // @ts-expect-error: undefined can be left out only as a member
    this.exportMethod(giving<(number | undefined)[]>(), { ...ARRAY, name: 'wrongUndefined' });
    // @ts-expect-error: it has not been awaited
    this.exportMethod(giving<{ rows: Promise<Row[]> }>(), { ...STRUCT, name: 'wrongPromise' });
    // @ts-expect-error: it can only be a whole result
    this.exportMethod(giving<StreamedValue[]>(), { ...ARRAY, name: 'wrongStream' });
    // @ts-expect-error: as without a declaration
    this.exportMethod(this.dates, 'wrongUndeclared');
    // @ts-expect-error: as for a declared result
    this.exportMethod(giving<Date | null>(), { ...ANY, name: 'wrongAny' });

    this.exportMethods({ rows: ARRAY, object: { ...STRUCT, name: 'anObject' } });
    // @ts-expect-error: a Date in an array
    this.exportMethods({ dates: ARRAY });
    // @ts-expect-error: a Date in rows of a table that is correct otherwise
    this.exportMethods({ find: { ...STRUCT, name: 'findAgain' }, rows: { ...ARRAY, name: 'rowsAgain' } });
  }

  async rows(): Promise<Row[]> {
    return [];
  }

  object(): object {
    return new Map();
  }

  async dates(): Promise<Date[]> {
    return [];
  }

  find(): { row: Row | null; when: Date } {
    return { row: null, when: new Date(0) };
  }
}

describe('a method whose result XML-RPC cannot represent', () => {
  it('is refused by the compiler if its type says so', () => {
    expect(new Returning().exportedMethods()).to.include.members(['interface', 'object', 'rows']);
  });
});

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
