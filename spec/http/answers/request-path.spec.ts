import { expect } from 'chai';
import { pathBelow, requestPath } from '#lib/http/answers/request-path.js';

describe('requestPath', () => {
  const paths: [string, string | undefined][] = [
    ['/', ''],
    ['/database', 'database'],
    ['/database/3f9a-_B', 'database/3f9a-_B'],
    ['//database///x/', 'database/x'],
    ['/data%62ase/%C3%BC', 'database/ü'],
    ['/database?x=1', 'database'],
    ['/database#x', 'database'],
    ['http://host:8000/database', 'database'],
    ['http://host', ''],
    ['/database/%2e%2e/x', undefined],
    ['/./database', undefined],
    ['/database/..', undefined],
    ['/%zz', undefined],
    ['/%C3', undefined],
  ];
  for (const [target, path] of paths) {
    it(`converts ${target} to ${path === undefined ? 'no path' : `"${path}"`}`, () =>
      expect(requestPath(target)).to.equal(path));
  }
});

describe('pathBelow', () => {
  const cases: [string, string, string | undefined][] = [
    ['', 'a/b', 'a/b'],
    ['a', 'a', ''],
    ['a', 'a/b', 'b'],
    ['a', 'ab', undefined],
    ['a/b', 'a', undefined],
  ];
  for (const [prefix, path, below] of cases) {
    it(`of "${path}" below "${prefix}" is ${below === undefined ? 'undefined' : `"${below}"`}`, () =>
      expect(pathBelow(prefix, path)).to.equal(below));
  }
});
