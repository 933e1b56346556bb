import { expect } from 'chai';
import fc from 'fast-check';
import { statementsOf } from '#lib/rpc-call/sql/statement-source.js';
import { StatementSplitter } from '#lib/rpc-call/sql/statement-splitter.js';

const split = (script: string) => statementsOf(script).map(({ sql }) => sql);

describe('StatementSplitter', () => {
  const scripts: [string, string, string[]][] = [
    ['nothing', '', []],
    ['blanks', ' \n\t\n', []],
    ['one statement', 'select 1', ['select 1']],
    ['a delimiter at the end', 'select 1;\n', ['select 1']],
    ['several statements on a line', 'select 1;select 2; select 3', ['select 1', 'select 2', 'select 3']],
    ['statements of several lines', 'select\n 1;\nselect\n2', ['select\n 1', 'select\n2']],
    ['empty statements', ';;select 1;;', ['select 1']],
    ['a delimiter in a string', `select ';', ";"; select 2`, [`select ';', ";"`, 'select 2']],
    ['an escaped quote', `select 'it\\'s;', 'it''s;'; select 2`, [`select 'it\\'s;', 'it''s;'`, 'select 2']],
    ['an escaped backslash', `select '\\\\'; select 2`, [`select '\\\\'`, 'select 2']],
    ['a line end in a string', "select 'a\n;\\\n'; select 2", ["select 'a\n;\\\n'", 'select 2']],
    ['a quoted name', 'select `a;\\`; select 2', ['select `a;\\`', 'select 2']],
    [
      'a comment to the end of the line',
      'select 1 -- a;b\n, 2; select 3 # c;d',
      ['select 1 -- a;b\n, 2', 'select 3 # c;d'],
    ],
    ['-- that begins no comment', 'select 1--1; select 2', ['select 1--1', 'select 2']],
    ['a quote in a comment', "select 1 -- it's\n; select 2 /* it's; */;", ["select 1 -- it's", "select 2 /* it's; */"]],
    ['a comment of several lines', 'select /* a;\nb; */ 1; select 2', ['select /* a;\nb; */ 1', 'select 2']],
    ['comments alone', '-- a\n/* b */;\n# c\n', []],
    ['a comment before a statement', '-- a\nselect 1;', ['-- a\nselect 1']],
    [
      'code in a comment',
      '/*!40101 set names utf8 */; /*M!100 select 1 */;',
      ['/*!40101 set names utf8 */', '/*M!100 select 1 */'],
    ],
    [
      'strings and comments in code in a comment',
      "delimiter ;;\n/*!50003 create trigger t before insert on a for each row begin /* it's */ set @a = '*/;;'; end */;;",
      ["/*!50003 create trigger t before insert on a for each row begin /* it's */ set @a = '*/;;'; end */"],
    ],
    [
      'the beginning of a dump of MariaDB',
      '/*M!999999\\- enable the sandbox mode */ \n-- a\nselect 1;',
      ['/*M!999999\\- enable the sandbox mode */ \n-- a\nselect 1'],
    ],
    [
      'another delimiter',
      'delimiter //\ncreate procedure p() begin select 1; end//\nDELIMITER ;\nselect 2;',
      ['create procedure p() begin select 1; end', 'select 2'],
    ],
    [
      'a delimiter of special characters',
      'delimiter $$\nselect 1; select 2$$\ndelimiter |\nselect 3|',
      ['select 1; select 2', 'select 3'],
    ],
    [
      'the word delimiter in a statement',
      'select 1 as\ndelimiter from t; select 2',
      ['select 1 as\ndelimiter from t', 'select 2'],
    ],
    ['\\g', 'select 1\\g select 2\\g', ['select 1', 'select 2']],
    ['CR LF', 'select 1;\r\nselect 2;\r\n', ['select 1', 'select 2']],
    ['an open string', "select 'a; select 2", ["select 'a; select 2"]],
    ['U+2028 in a string', "select 'a\u2028b';", ["select 'a\u2028b'"]],
  ];
  for (const [what, script, statements] of scripts) {
    it(`splits ${what}`, () => expect(split(script)).to.deep.equal(statements));
  }

  it('tells statements that end with \\G', () => {
    expect(statementsOf('select 1\\G select 2; select 3\\G').map(({ vertical }) => vertical)).to.deep.equal([
      true,
      false,
      true,
    ]);
  });

  it('tells the line on which the code of each statement begins', () => {
    const script = "-- a\n\nselect 1;\nselect '\n\n'; select 3;\n/* b\n*/ select\n4;\ndelimiter //\nselect 5//";
    expect(statementsOf(script).map(({ line }) => line)).to.deep.equal([3, 4, 6, 8, 11]);
  });

  it('tells the line on which the text of each statement begins', () => {
    const script = '\n-- a\nselect 1;\n\n/*M!999999\\- a */\n select 2; select 3;';
    expect(statementsOf(script).map(({ line, textLine }) => [line, textLine])).to.deep.equal([
      [3, 2],
      [6, 5],
      [6, 6],
    ]);
  });

  it('takes only blanks of ASCII for blanks, because a script can be bytes', () => {
    expect(split('delimiter \u00c3\u00a0\nselect 1\u00a0\u00c3\u00a0')).to.deep.equal(['select 1\u00a0']);
  });

  it('reads lines one by one as it reads all at once', () => {
    const piece = fc.constantFrom(
      ..."';'\n\"`",
      '/*!',
      '\\',
      '\\G',
      '-- ',
      '/*',
      '*/',
      '#',
      'a ',
      'delimiter //\n',
      '//',
      ';',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const script = pieces.join('');
        const splitter = new StatementSplitter();
        const statements = script.split(/(?<=\n)/).flatMap((line) => splitter.write(line));
        const last = splitter.end();
        expect(last ? [...statements, last] : statements).to.deep.equal(statementsOf(script));
      }),
      { numRuns: 500 },
    );
  });

  it('tells what the statement that is being typed is in', () => {
    const state = (text: string) => {
      const splitter = new StatementSplitter();
      splitter.write(text);
      return splitter.state;
    };
    expect(['', 'a;', 'a', "'", 'a "', '`', '/*', '-- a\n'].map(state)).to.deep.equal([
      '',
      '',
      '-',
      "'",
      '"',
      '`',
      '/*',
      '',
    ]);
  });

  it('forgets what has been typed', () => {
    const splitter = new StatementSplitter();
    splitter.write("select 'a\n");
    splitter.discard();
    expect(splitter.write('select 2;\n').map(({ sql }) => sql)).to.deep.equal(['select 2']);
  });
});
