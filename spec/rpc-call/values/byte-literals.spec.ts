import { isUtf8 } from 'node:buffer';
import { expect } from 'chai';
import fc from 'fast-check';
import { textStatement, UnsendableBytes } from '#lib/rpc-call/values/byte-literals.js';

const bytesOf = (sql: string) => Buffer.from(sql).toString('latin1');
const text = (bytes: string, mayBeBytes = true) => textStatement(bytes, mayBeBytes);

/** Writes a string as dumps do. */
function dumped(value: Buffer): string {
  const letters: Readonly<Record<string, string>> = { '\0': '0', '\n': 'n', '\r': 'r', '\u001a': 'Z' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are escaped
  return `'${value.toString('latin1').replace(/[\0\n\r\\'"\u001a]/g, (c) => `\\${letters[c] ?? c}`)}'`;
}

describe('textStatement', () => {
  it('leaves a statement in UTF-8 as it is', () => {
    const sql = "insert into `é` values ('😀 %s \\'', \"x\") -- ö";
    expect(text(bytesOf(sql))).to.deep.equal({ sql });
  });

  const statements: [string, string, string][] = [
    ['a string that is not UTF-8', "select '\xff\\0'", "select  x'ff00'"],
    ['introducers', "select _binary '\xff',_binary'\xfe'", "select _binary  x'ff',_binary x'fe'"],
    ['escapes', "select '\xff\\'\\\"\\\\\\n\\r\\t\\b\\Z\\%\\_\\q'''", "select  x'ff27225c0a0d09081a5c255c5f7127'"],
    ['double quotes', 'select "\xff\\"\'""", 1', "select  x'ff222722', 1"],
    ['what is between', `${bytesOf("select 'é', `ö`")},'\xff','a'`, "select 'é', `ö`, x'ff','a'"],
    ['code in comments', "/*!40000 select '\xff' */", "/*!40000 select  x'ff' */"],
    [
      'quotes in comments',
      "/* it's */ select '\xff' # it's\n, '\xfe' -- '\n",
      "/* it's */ select  x'ff' # it's\n,  x'fe' -- '\n",
    ],
    ['comments', '/* \xff */ select 1 # \xff\n-- \xff', '/* \ufffd */ select 1 # \ufffd\n-- \ufffd'],
    ['quotes in names', "select `'`, '\xff'", "select `'`,  x'ff'"],
  ];
  for (const [what, bytes, sql] of statements) {
    it(`converts ${what}`, () => expect(text(bytes)).to.deep.equal({ sql }));
  }

  it('makes long strings arguments', () => {
    const long = '\xff'.repeat(2000);
    expect(text(`select '%', '\xff', _binary '${long}' /* 5% */`)).to.deep.equal({
      sql: "select '%%',  x'ff', _binary  %s /* 5%% */",
      literals: [Buffer.from(long, 'latin1')],
    });
  });

  it('refuses other bytes, and text in another character set', () => {
    const position = (bytes: string, mayBeBytes?: boolean) => {
      try {
        text(bytes, mayBeBytes);
      } catch (error) {
        if (error instanceof UnsendableBytes) return error.at;
      }
      return undefined;
    };
    expect(position('select\n`\xff`')).to.equal(7);
    expect(position('select 1,\n2, \xff')).to.equal(10);
    expect(position("select '\xff'", false)).to.equal(7);
    expect(position("select _latin1 '\xff'", false)).to.equal(undefined);
  });

  it('keeps all bytes of any strings', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (arrays) => {
        const values = arrays.map((array) => Buffer.from(array));
        const { sql } = text(`insert into t values (${values.map(dumped).join(',')})`);
        const converted = values.map((value) =>
          isUtf8(value) ? dumped(value) : bytesOf(` x'${value.toString('hex')}'`),
        );
        expect(bytesOf(sql)).to.equal(`insert into t values (${converted.join(',')})`);
      }),
    );
  });

  it('reads many strings, and a long one, in linear time', () => {
    const many = Array.from({ length: 100_000 }, () => "'\xff'").join();
    const long = `'\xff${"\\\\''".repeat(1_000_000)}'`;
    // Not what other processes take.
    const begun = process.cpuUsage();
    text(`select ${many}`);
    text(`select ${long}`);
    text(`select ${"'".repeat(500_001)}\xff'`);
    const { user } = process.cpuUsage(begun);
    expect(user / 1e6, 'seconds').to.be.lessThan(4);
  });
});
