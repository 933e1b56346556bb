import { expect } from 'chai';
import { databaseFailure, pythonRepr } from '#lib/database/errors/database-failure.js';
import { MysqlError, ProgrammingError } from '#lib/database/errors/mysql-error.js';
import { ServiceFailure } from '#lib/index.js';

describe('databaseFailure', () => {
  for (const errno of [1007, 1064, 1102, 1103, 1110, 1111, 1112, 1113, 1146, 1149, 1179, 2014]) {
    it(`converts errno ${errno} to fault 1, with the text of Python's exception`, () => {
      const failure = databaseFailure(new MysqlError(errno, "Table 'a.b' doesn't exist"));
      expect(failure?.error).to.equal(1);
      expect(failure?.faultString).to.equal(`db -- Programming Error\n\n(${errno}, "Table 'a.b' doesn't exist")`);
    });
  }

  for (const errno of [1054, 1062, 1213, 1317, 2002, 2003, 2006, 2013]) {
    it(`converts errno ${errno} to a fault with that number and the server's message`, () => {
      const failure = databaseFailure(new MysqlError(errno, "Duplicate entry 'ü' for key 'x'"));
      expect(failure?.error).to.equal(errno);
      expect(failure?.faultString).to.equal("mysql -- Duplicate entry 'ü' for key 'x'");
    });
  }

  it('converts an error that MySQLdb detects to fault 1, with the bare text', () => {
    const failure = databaseFailure(new ProgrammingError('execute() first'));
    expect(failure?.error).to.equal(1);
    expect(failure?.faultString).to.equal('db -- Programming Error\n\nexecute() first');
  });

  it('keeps the error as the cause', () => {
    for (const error of [new MysqlError(1064, 'a'), new MysqlError(1062, 'b'), new ProgrammingError('c')]) {
      expect(databaseFailure(error)?.cause).to.equal(error);
    }
  });

  it('does not convert any other error', () => {
    const others = [new Error('1064'), { errno: 1064, message: 'a' }, ServiceFailure.shuttingDown(), undefined];
    for (const other of others) expect(databaseFailure(other)).to.equal(undefined);
  });
});

describe('pythonRepr', () => {
  const texts: [string, string, string][] = [
    ['nothing', '', "''"],
    ['plain text', 'abc ~', "'abc ~'"],
    ['double quotes', 'a "b"', `'a "b"'`],
    ['single quotes', "a 'b'", `"a 'b'"`],
    ['quotes of both kinds', `'a' "b"`, `'\\'a\\' "b"'`],
    ['backslashes', 'a\\n', "'a\\\\n'"],
    ['backslashes and single quotes', "'\\", `"'\\\\"`],
    ['line ends and tabs', '\r\n\t', "'\\r\\n\\t'"],
    ['control characters', '\u0000\u001f\u007f', "'\\x00\\x1f\\x7f'"],
    ['characters beyond ASCII, as their bytes in UTF-8', 'ü€😀', "'\\xc3\\xbc\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80'"],
  ];
  for (const [what, text, repr] of texts) {
    it(`formats ${what}`, () => expect(pythonRepr(text)).to.equal(repr));
  }
});
