import { expect } from 'chai';
import { forwardedFor } from '#lib/http/listener/forwarded-for.js';

const isProxy = (address: string) => address.startsWith('10.') || address === 'fd00::1';

describe('forwardedFor', () => {
  const clients: [string, string, string][] = [
    ['10.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['10.0.0.1', '192.0.2.1, 10.0.0.2', '192.0.2.1'],
    ['10.0.0.1', '203.0.113.9, 192.0.2.1,10.0.0.2', '192.0.2.1'],
    ['10.0.0.1', 'anything at all, 192.0.2.1', '192.0.2.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '192.0.2.1:4711', '192.0.2.1'],
    ['10.0.0.1', '::ffff:192.0.2.1', '192.0.2.1'],
    ['10.0.0.1', '[2001:db8::1]:4711, fd00::1', '2001:db8::1'],
    ['10.0.0.1', '2001:db8::1', '2001:db8::1'],
    ['192.0.2.7', '127.0.0.1', '192.0.2.7'],
  ];
  for (const [peer, header, client] of clients) {
    it(`returns ${client} for "${header}" from ${peer}`, () =>
      expect(forwardedFor(peer, header, isProxy)).to.equal(client));
  }

  for (const header of [
    '',
    'unknown',
    '192.0.2.1,',
    'localhost',
    '192.0.2.1, [::1',
    '1.2.3.4.5',
    '192.0.2.1 10.0.0.2',
  ]) {
    it(`returns undefined for "${header}"`, () =>
      expect(forwardedFor('10.0.0.1', header, isProxy)).to.equal(undefined));
  }
});
