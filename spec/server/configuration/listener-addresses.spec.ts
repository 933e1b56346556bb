import { expect } from 'chai';
import { overlap } from '#lib/server/configuration/listener-addresses.js';

describe('the addresses of two listeners', () => {
  const pairs: [one: string, other: string, overlapping: boolean][] = [
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', 'localhost', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.2', true],
    ['0.0.0.0', '::', true],
    ['0.0.0.0', '::1', false],
    ['::', '127.0.0.1', true],
    ['::', 'db.example.org', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['db.example.org', 'DB.example.org', true],
  ];
  for (const [one, other, overlapping] of pairs) {
    it(`${one} and ${other} ${overlapping ? 'exclude each other' : 'can have the same port'}`, () => {
      expect([overlap(one, other), overlap(other, one)]).to.deep.equal([overlapping, overlapping]);
    });
  }
});
