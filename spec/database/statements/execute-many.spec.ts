import { expect } from 'chai';
import fc from 'fast-check';
import { MysqlError, ProgrammingError } from '#lib/database/errors/mysql-error.js';
import { classify } from '#lib/database/pinning/classify.js';
import { statementsFor } from '#lib/database/statements/execute-many.js';
import { ServiceFailure } from '#lib/index.js';
import { DateTime, Decimal, Double, type Value } from '#lib/xmlrpc/value.js';

const target = (maxAllowedPacket: number) => ({ maxAllowedPacket, literal: (value: Value) => String(value) });

const statements = (query: string, rows: readonly Value[], maxPacket = 1 << 20) =>
  [...statementsFor(query, rows, target(maxPacket))].flatMap((statement) =>
    statement === undefined ? [] : [statement.text],
  );

describe('statementsFor', () => {
  const rows: Value[] = [
    [1, 'a'],
    [2, 'b'],
  ];

  const joined: [string, string, string][] = [
    ['an INSERT', 'INSERT INTO t (x, y) VALUES (%s, %s)', 'INSERT INTO t (x, y) VALUES (1, a),(2, b)'],
    ['a REPLACE', 'replace t values(%s,%s)', 'replace t values(1,a),(2,b)'],
    ['an INSERT ... VALUE', ' insert t\nvalue\n( %s , %s )', ' insert t\nvalue\n( 1 , a ),( 2 , b )'],
    [
      'an INSERT with ON DUPLICATE KEY',
      'insert t values (%s, %s) on duplicate key update y = values(y)',
      'insert t values (1, a),(2, b) on duplicate key update y = values(y)',
    ],
    ['an INSERT that ends with a semicolon', 'insert t values (%s, %s) ; ', 'insert t values (1, a),(2, b)'],
    [
      'an INSERT with functions around its placeholders',
      "insert t values (upper(%s), concat('(', %s, ')'), now())",
      "insert t values (upper(1), concat('(', a, ')'), now()),(upper(2), concat('(', b, ')'), now())",
    ],
    ['an INSERT with other values', 'insert t values (%s, %s, 0)', 'insert t values (1, a, 0),(2, b, 0)'],
    [
      'an INSERT that names the new row',
      'insert t values (%s, %s) as new on duplicate key update y = new.y',
      'insert t values (1, a),(2, b) as new on duplicate key update y = new.y',
    ],
    [
      'an INSERT with percent signs around its values',
      "insert t /* 5%% */ values (%s, %s) on duplicate key update y = '%%'",
      "insert t /* 5% */ values (1, a),(2, b) on duplicate key update y = '%'",
    ],
  ];
  for (const [what, query, sql] of joined) {
    it(`makes one statement of ${what}`, () => expect(statements(query, rows)).to.deep.equal([sql]));
  }

  it('makes one statement of rows that are structs', () => {
    const structs = [
      { x: 1, y: 2 },
      { y: 4, x: 3 },
    ];
    expect(statements('insert t values (%(y)s, %(x)s)', structs)).to.deep.equal(['insert t values (2, 1),(4, 3)']);
  });

  const apart: [string, string, string[]][] = [
    [
      'an UPDATE',
      'update t set x = %s where y = %s',
      ['update t set x = 1 where y = a', 'update t set x = 2 where y = b'],
    ],
    [
      'values with a query',
      'insert t values (%s, (select max(x) + %s from t))',
      ['insert t values (1, (select max(x) + a from t))', 'insert t values (2, (select max(x) + b from t))'],
    ],
    [
      'placeholders behind the values',
      'insert t values (%s) on duplicate key update x = %s',
      ['insert t values (1) on duplicate key update x = a', 'insert t values (2) on duplicate key update x = b'],
    ],
    ['a placeholder before the values', 'insert %s values (%s)', ['insert 1 values (a)', 'insert 2 values (b)']],
    ['two groups', 'insert t values (%s), (%s)', ['insert t values (1), (a)', 'insert t values (2), (b)']],
    ['an INSERT ... SELECT', 'insert t select %s, %s', ['insert t select 1, a', 'insert t select 2, b']],
  ];
  for (const [what, query, expected] of apart) {
    it(`makes a statement for each row of ${what}`, () => expect(statements(query, rows)).to.deep.equal(expected));
  }

  const first = (query: string, ...values: readonly Value[]) => {
    const all = statementsFor(
      query,
      values.map((value) => [value]),
      { maxAllowedPacket: 1 << 20 },
    );
    return [...all].find((statement) => statement !== undefined);
  };

  it('has an example of one row for many', () => {
    expect(first('insert t values (%s, 0)', 1, 2, 3)?.example).to.equal('insert t values (1, 0)');
    const tail = ' on duplicate key update x = f()';
    expect(first(`insert t values (now(), %s)${tail}`, 'a', 'b')?.example).to.equal(
      `insert t values (now(), 'a')${tail}`,
    );
  });

  it('has an example that tells the same about the statement', () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'a\'"`#-/*;().,@\n'), maxLength: 8 }),
      fc.integer(),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => new Double(number)),
      fc.constantFrom<Value>(null, true, new Decimal('-1.5'), new DateTime('20260101T00:00:00'), [], [1, 'a']),
    );
    const query = fc.constantFrom(
      'insert into t values (%s)',
      'replace t (a) values ( get_lock(%s, 1) )',
      'insert t values (f(%s))',
      'insert t values (%s) on duplicate key update a = last_insert_id(a)',
      'insert t values (-%s)',
      'insert t values (x%s)',
      'insert t values (%sx)',
      "insert t values ('( %s )')",
      'insert t values (/* ( %s ) */ 1)',
      'insert t values (`( %s )`)',
      'insert t values (@%s)',
    );
    fc.assert(
      fc.property(query, fc.array(value, { minLength: 2, maxLength: 4 }), (query, values) => {
        const statement = first(query, ...values);
        if (statement?.example === undefined) return;
        const { names, ...rest } = classify(statement.example);
        const { names: read, ...expected } = classify(statement.text);
        expect(rest).to.deep.equal(expected);
        // A literal names nothing, whatever it looks like.
        const others = [...read].filter((name) => !names.has(name));
        for (const name of others) expect(name).to.match(/^(?:null|\d.*|e|)$/);
      }),
      { seed: 20030501, numRuns: 1000 },
    );
  });

  const unlike: [string, string, readonly Value[]][] = [
    ['a placeholder beside other characters', 'insert t values (-%s)', [1, 2]],
    ['a placeholder in quotes', "insert t values ('( %s )')", ['a', 'b']],
    ['a placeholder in a comment', 'insert t values (/* ( %s ) */ 1)', ['a', 'b']],
    ['bytes', 'insert t values (%s)', [Buffer.from('a'), Buffer.from('b')]],
  ];
  for (const [what, query, values] of unlike) {
    it(`has no example for ${what}`, () => expect(first(query, ...values)?.example).to.equal(undefined));
  }

  it('treats a row that is not an array as its only value', () => {
    expect(statements('insert t values (%s)', [1, 'a'])).to.deep.equal(['insert t values (1),(a)']);
  });

  it('makes no statement without rows', () => {
    expect(statements('insert t values (%s)', [])).to.deep.equal([]);
    expect(statements('delete from t where x = %s', [])).to.deep.equal([]);
  });

  it('puts as many rows into a statement as fit into a packet, in bytes', () => {
    const head = 'insert t values ';
    const tail = ' on duplicate key update x = 1';
    const many = Array.from({ length: 100 }, (_, index) => [`ü${index % 10}`]);
    const parts = statements(`${head}(%s)${tail}`, many, 250);
    const groups = parts.map((sql) => sql.slice(head.length, -tail.length));
    expect(groups.join(',')).to.equal(many.map(([text]) => `(${text})`).join(','));
    const sizes = parts.map((sql) => Buffer.byteLength(sql));
    // MySQL needs 64 bytes of the packet; another row would not fit.
    for (const size of sizes) expect(size).to.be.at.most(250 - 64);
    for (const size of sizes.slice(0, -1)) expect(size + Buffer.byteLength(',(ü0)')).to.be.at.least(250 - 64);
  });

  it("rejects a row that is larger than a packet with MySQL's error", () => {
    const long = 'x'.repeat(300);
    const all = statementsFor('insert t values (%s)', [['a'], [long]], target(200));
    expect(() => [...all])
      .to.throw(MysqlError)
      .with.property('errno', 1153);
  });

  it('says in which row a value is for which SQL has no literal', () => {
    for (const query of ['insert t values (%s, %s)', 'update t set x = %s where y = %s']) {
      for (const first of [0, 1]) {
        const all = statementsFor(query, [...rows, [1, { a: 1 }]], { maxAllowedPacket: 1 << 20 }, { first });
        expect(() => [...all], query)
          .to.throw(ServiceFailure)
          .with.property('details', 'args[2][1]: SQL has no literal for a struct.');
      }
    }
  });

  const refused: [string, string, Value[], string][] = [
    ['too few values', 'insert t values (%s, %s)', [[1, 2], [3]], 'not enough arguments'],
    ['too many values', 'insert t values (%s)', [[1, 2]], 'not all arguments converted'],
    ['nil for a row', 'insert t values (%s)', [null], 'not enough arguments'],
    ['nil for a row of another query', 'update t set x = %s', [null], 'not enough arguments'],
  ];
  for (const [what, query, args, message] of refused) {
    it(`rejects ${what}`, () => expect(() => statements(query, args)).to.throw(ProgrammingError, message));
  }
});
