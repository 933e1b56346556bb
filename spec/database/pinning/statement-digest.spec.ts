import { expect } from 'chai';
import { statementDigest } from '#lib/database/pinning/statement-digest.js';

describe('the digest of a statement', () => {
  const digests: [string, string][] = [
    ["select * from t where a = 5 and b='x''y'", 'select * from t where a = ? and b = ?'],
    ['select 1.5, -2, 0x1F, 1e5', 'select ?, - ?, ?, ?'],
    ["insert into t (a, b) values (1, 'x'), (2, 'y')", 'insert into t (a, b) values (...), ...'],
    ['select * from t where id in (1,2,3)', 'select * from t where id in (...)'],
    ['select `a b`.c from `a b`', 'select `a b`.c from `a b`'],
    ['select "secret"', 'select ?'],
    ['select 1 /* secret */ -- secret', 'select ?'],
    ["create user x identified by 'secret'", 'create user x identified by ?'],
    ["select _utf8mb4 x'736563726574'", 'select _utf8mb4 x ?'],
    ["select 'unfinished secret", 'select ...'],
    ["select 'a\\' , 'secret", 'select ...'],
    ['select /*! secret */', 'select ...'],
    ['', ''],
  ];
  for (const [sql, digest] of digests) {
    it(`of ${JSON.stringify(sql)} is ${JSON.stringify(digest)}`, () => {
      expect(statementDigest(sql)).to.equal(digest);
    });
  }

  it('is limited, in time in proportion to that limit', () => {
    const digest = statementDigest(`select ${'a, '.repeat(5_000_000)}1`);
    expect(digest)
      .to.have.length.below(1010)
      .and.match(/\.\.\.$/);
  });
});
