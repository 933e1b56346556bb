import { expect } from 'chai';
import fc from 'fast-check';
import { RowBuffer } from '#lib/database/results/row-buffer.js';
import { BINARY_CHARSET as BINARY, type Column } from '#lib/database/rows/column.js';
import { TYPE } from '#lib/database/rows/column-format.js';
import type { LargeRow } from '#lib/database/rows/large-row.js';
import { LONG_CELL } from '#lib/database/rows/long-cell.js';
import { type RowBatch, rowEnd } from '#lib/database/rows/row-batch.js';
import { RowEncoder } from '#lib/database/rows/row-encoder.js';
import { cellRows } from '#lib/database/rows/row-packet.js';
import { rowValues } from '#lib/database/rows/row-values.js';
import { DEFAULT_VALUES, type ValueOptions } from '#lib/database/rows/value-options.js';
import { atOnce } from '#lib/turns/turns.js';
import { buffersOf, encodeValue } from '#lib/xmlrpc/encoder.js';
import type { ValueEncoding } from '#lib/xmlrpc/value-encoding.js';
import { anyCharacter } from '../../support/any-character.js';
import { cellOf, isUnprintable, MYSQL_VALUES, type MysqlValue, OPTIONS, xmlWith } from '../../support/mysql-values.js';
import { randomRuns } from '../../support/random-runs.js';
import { runOf } from '../../support/row-packet.js';

const UTF8 = 45;

/** Cells that MySQL can send for a column of a type. */
interface Kind {
  readonly types: readonly number[];
  readonly characterSets?: readonly number[];
  readonly decimals?: number;
  readonly cells: fc.Arbitrary<Buffer>;
}

const ascii = (text: string) => Buffer.from(text, 'latin1');
const digits = (most: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${most - 1}}$`));
const smallIntegers = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }).map(String),
  fc.constantFrom('0', '-1', '2147483647', '2147483648', '-2147483648', '4294967295', '00042'),
);
const integers = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(String),
  fc.integer().map(String),
  fc.constantFrom('0', '-1', '00042', '0007', '999999999', '9999999999', '999999999999999999'),
);
/** As MySQL prints them: with the fewest digits that identify them. */
const doubles = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => String(Number(value.toPrecision(6)))),
  fc.constantFrom('0', '-0', '-0.5', '0.5', '1.50', '100', '-100', '1e20', '1.5e-7', '-7', '12345678901234567'),
);
/** As MySQL prints columns with a fixed number of decimals. */
const fixedDoubles = fc.oneof(
  digits(25),
  fc.tuple(digits(6), digits(20)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.constantFrom('0.00', '-0.00', '1.50', '-0.25', '007'),
);
const text = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('&', '<', '>', '\r', '\n', '\t', ' ', 'a', 'ü', '😀', '\ufffd', ']'),
    maxLength: 20,
  }),
  fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', '\u0001', '\u001f', '\ufffe', '\uffff'), maxLength: 12 }),
  fc.integer({ min: 60_000, max: 70_000 }).map((length) => 'x&y'.repeat(length / 3)),
  fc.integer({ min: 248, max: 300 }).map((length) => 'x'.repeat(length)),
);
const bytes = fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array));
const textOrBytes = fc.oneof(
  text.map((text) => Buffer.from(text)),
  bytes,
);

/** The cells of the table that belong to a column of some types. */
const known = (...types: readonly number[]) =>
  fc.constantFrom(
    ...MYSQL_VALUES.flatMap((value) => (types.includes(codeOf(value)) ? [cellOf(value) ?? Buffer.alloc(0)] : [])),
  );

const kinds: readonly Kind[] = [
  { types: [TYPE.TINY, TYPE.SHORT, TYPE.LONG, TYPE.INT24, TYPE.YEAR], cells: smallIntegers.map(ascii) },
  { types: [TYPE.LONGLONG], cells: fc.oneof(integers.map(ascii), known(TYPE.LONG, TYPE.LONGLONG)) },
  { types: [TYPE.FLOAT, TYPE.DOUBLE], cells: doubles.map(ascii) },
  { types: [TYPE.FLOAT, TYPE.DOUBLE], decimals: 10, cells: fixedDoubles.map(ascii) },
  { types: [TYPE.DECIMAL, TYPE.NEWDECIMAL], cells: fixedDoubles.map(ascii) },
  {
    types: [TYPE.DATE, TYPE.DATETIME, TYPE.TIMESTAMP],
    cells: fc.oneof(known(TYPE.DATE, TYPE.DATETIME, TYPE.TIMESTAMP), fc.constant(ascii('2003-00-01'))),
  },
  { types: [11], cells: fc.oneof(known(11), fc.constant(ascii('00:00:01.5'))) },
  { types: [TYPE.BIT, TYPE.GEOMETRY, TYPE.VECTOR], cells: fc.oneof(bytes, known(TYPE.BIT, TYPE.GEOMETRY)) },
  { types: [TYPE.JSON], cells: fc.json().map((json) => Buffer.from(json)) },
  // Every type that is not known, or not sent yet.
  {
    types: Array.from({ length: 256 }, (_, code) => code).filter((code) => !Object.values<number>(TYPE).includes(code)),
    characterSets: [UTF8, BINARY, 8],
    cells: textOrBytes,
  },
  {
    types: [TYPE.VARCHAR, TYPE.VAR_STRING, TYPE.STRING, TYPE.BLOB, TYPE.ENUM, TYPE.SET],
    characterSets: [UTF8, BINARY],
    cells: textOrBytes,
  },
  { types: [TYPE.VAR_STRING], characterSets: [8], cells: bytes },
];

/** A column and a cell for each of a few rows. */
const columnOfCells = fc
  .tuple(fc.constantFrom(...kinds), fc.constantFrom('id', 'naïve', '__proto__', 'a<b'))
  .chain(([kind, name]) =>
    fc.record({
      column: fc.tuple(fc.constantFrom(...kind.types), fc.constantFrom(...(kind.characterSets ?? [BINARY]))).map(
        ([typeCode, characterSet]): Column => ({
          name,
          table: 't',
          typeCode,
          length: 0,
          decimals: kind.decimals ?? 31,
          nullable: true,
          characterSet,
          encoding: characterSet === 8 ? 'latin1' : 'utf8',
        }),
      ),
      cells: fc.array(fc.option(kind.cells, { freq: 8 }), { minLength: 3, maxLength: 3 }),
    }),
  );

const options = fc.constantFrom(...OPTIONS).map((form): ValueOptions => ({ ...DEFAULT_VALUES, ...form }));

const SCALAR = /<value>(<(?!array|struct)[^>]*>[^<]*<\/[^>]*>)<\/value>/g;

/** The type code of a value; that of an expression follows from its XML. */
function codeOf({ code, xml, other = '', literal }: MysqlValue): number {
  if (code !== undefined) return typeof code === 'number' ? code : code.MySQL;
  if (xml.startsWith('<double>')) return TYPE.DOUBLE;
  if (/^<i(?:nt|8)>/.test(xml) || /^\d+$/.test(literal)) return TYPE.LONGLONG;
  if (other.startsWith('<double>')) return TYPE.NEWDECIMAL;
  return other === '' ? TYPE.VAR_STRING : TYPE.DATETIME;
}

/** The column of a value, as the server describes it. */
function columnOfValue(value: MysqlValue, i: number): Column {
  const isText = !value.xml.startsWith('<base64>') || isUnprintable(value);
  const [characterSet, encoding] = isText ? [UTF8, 'utf8'] : [BINARY, 'binary'];
  const rest = { table: 't', length: 0, decimals: 31, nullable: true };
  return { name: `c${i}`, typeCode: codeOf(value), characterSet, encoding, ...rest };
}

/** Cells that are encoded in steps, with something at their ends and where steps meet. */
const LONG_CELLS = ['x', 'é', '😀', '<&>\r', '\u0007', '\ufffe', '\xff'].map((text) => {
  const piece = text === '\xff' ? Buffer.from([0xff]) : Buffer.from(text);
  const part = Buffer.concat([piece, Buffer.from('abcd'.repeat(6))]);
  return Buffer.concat([piece, Buffer.alloc(part.length * 14_285, part), piece]);
});

/** How rows are encoded. */
interface Form {
  readonly columns: readonly Column[];
  readonly values: ValueOptions;
  readonly dict: boolean;
}

const encodingOf = (form: ValueOptions): ValueEncoding => ({ form, encodeObject: () => expect.fail('an object') });

function encoderOf({ columns, values, dict }: Form): RowEncoder {
  const names = columns.map(({ name }) => name);
  return new RowEncoder(columns, values, encodingOf(values), dict ? names : undefined);
}

/** The XML of rows, in pieces, as it is made of their cells. */
function encoded(form: Form, batches: Iterable<RowBatch | LargeRow>): Buffer[] {
  const encoder = encoderOf(form);
  const pieces = [...batches].flatMap((batch) => [...encoder.rows(batch)].flatMap(() => encoder.take()));
  return [...pieces, ...encoder.finish()];
}

/** The XML of rows, as it is made of their values. */
function encodedByValue(form: Form, run: RowBatch): string {
  const encoding = encodingOf(form.values);
  const values = rowValues({ ...form, encoding }, cellRows(form.columns.length, [run]));
  const [, rows = ''] =
    /^<value><array><data>(.*)<\/data><\/array><\/value>$/s.exec(
      Buffer.concat(buffersOf(encodeValue(values, encoding))).toString(),
    ) ?? [];
  return rows;
}

/** Fails without showing the texts, which are long. */
function expectEqual(pieces: readonly Buffer[], expected: string): void {
  expect(Buffer.concat(pieces).toString() === expected).to.equal(true);
}

function textColumn(name: string, encoding: 'utf8' | 'binary', typeCode: number = TYPE.VAR_STRING): Column {
  const characterSet = encoding === 'utf8' ? UTF8 : BINARY;
  return { name, table: '', typeCode, characterSet, encoding, length: 0, decimals: 0, nullable: true };
}

describe('RowEncoder', () => {
  for (const options of OPTIONS) {
    it(`encodes the values of the table with ${new URLSearchParams({ ...options })}, as arrays and structs`, () => {
      const values = { ...DEFAULT_VALUES, ...options };
      const run = runOf([MYSQL_VALUES.map(cellOf)]);
      for (const dict of [false, true]) {
        const form = { columns: MYSQL_VALUES.map(columnOfValue), values, dict };
        const made = Buffer.concat(encoded(form, [run])).toString();
        expect(made).to.equal(encodedByValue(form, run));
        const expected = MYSQL_VALUES.map((value) => xmlWith(value, options));
        expect([...made.matchAll(SCALAR)].map(([, xml]) => xml)).to.deep.equal(expected);
      }
    });
  }

  it('encodes long cells in steps, as encodeValue encodes their values', () => {
    const columns = [textColumn('x', 'utf8'), textColumn('y', 'binary', TYPE.BLOB)];
    const form = { columns, values: DEFAULT_VALUES, dict: false };
    for (const cell of LONG_CELLS) {
      const run = runOf([
        [cell, Buffer.from('a')],
        [Buffer.from('b'), cell],
      ]);
      expect([...encoderOf(form).rows(run)]).to.have.length.greaterThan(5);
      expectEqual(encoded(form, [run]), encodedByValue(form, run));
    }
  });

  it('encodes rows as encodeValue encodes their values, for all types, options and bytes', () => {
    const tables = fc.array(columnOfCells, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(tables, options, fc.boolean(), (table, values, dict) => {
        const columns = table.map(({ column }, i) => ({ ...column, name: `${column.name}${i}` }));
        const run = runOf([0, 1, 2].map((row) => table.map(({ cells }) => cells[row] ?? null)));
        const form = { columns, values, dict };
        expect(Buffer.concat(encoded(form, [run])).toString()).to.equal(encodedByValue(form, run));
      }),
      { seed: 20030501, numRuns: randomRuns(400) },
    );
  });

  it('returns buffers as they are full, and the rest at the end', () => {
    const encoder = encoderOf({ columns: [textColumn('x', 'utf8')], values: DEFAULT_VALUES, dict: false });
    atOnce(encoder.rows(runOf(Array.from({ length: 1000 }, () => [Buffer.alloc(100, 'x')]))));
    const full = encoder.take();
    expect(full).to.have.length(3);
    expect(encoder.take()).to.have.length(0);
    const row = `<value><array><data><value><string>${'x'.repeat(100)}</string></value></data></array></value>`;
    expectEqual([...full, ...encoder.finish()], row.repeat(1000));
  });

  const LONG = LONG_CELL + 100_000;
  const text = (part: string) => Buffer.from(part.repeat(Math.ceil(LONG / part.length)));
  const cells: readonly (Buffer | null)[] = [
    text('x'),
    text('a<b>&\r\n'),
    Buffer.concat([Buffer.from('a'), text('é€😀')]),
    // Characters that XML cannot carry.
    Buffer.concat([text('x'), Buffer.from('\u0001')]),
    Buffer.concat([text('x'), Buffer.from('\uffff')]),
    // Not UTF-8, at the end and at the start.
    Buffer.concat([text('é'), Buffer.from([0xc3])]),
    Buffer.concat([Buffer.from([0x80]), text('é')]),
    Buffer.from('<'),
    null,
  ];
  for (const dict of [false, true]) {
    it(`encodes large rows in parts as encodeValue encodes their values (${dict ? 'structs' : 'arrays'})`, () => {
      const row = [...cells, ...cells];
      const columns = row.map((_cell, i) => textColumn(`c${i}`, i < cells.length ? 'utf8' : 'binary'));
      const run = runOf([row, row]);
      const form = { columns, values: DEFAULT_VALUES, dict };
      const expected = encodedByValue(form, run);
      const file = new RowBuffer(columns.length, 0);
      for (let times = 0; times < 2; times++) {
        file.appendPart(run.bytes.subarray(run.from + 4, rowEnd(run, run.from)));
        file.endLargeRow();
      }
      for (const batches of [[run], file.batches(0, 2)]) {
        const made = encoded(form, batches);
        expectEqual(made, expected);
        expect(Math.max(...made.map(({ length }) => length))).to.be.below(LONG_CELL * 2);
      }
      expect(file.longest).to.deep.equal(row.map((cell) => cell?.length ?? 0));
      file.close();
    });
  }
});
