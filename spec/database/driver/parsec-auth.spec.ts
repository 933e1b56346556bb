import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { expect } from 'chai';
import type { Connection } from 'mysql2';
import { parsecAuth } from '#lib/database/driver/parsec-auth.js';

/** What precedes an Ed25519 key of 32 bytes in a SubjectPublicKeyInfo. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** Passwords, and the salts and keys that MariaDB 11.8 stores for them. */
const ACCOUNTS: [string, string, string][] = [
  ['secret', 'em7pg2s1E4DJ9QOkJVWg10QO', '7bgTfFXlSpvK7zWAW2Qa/5RkLz+JaThWt1NSiSplBK0'],
  ['', 'VYnDidTWTvG5XT9H7PkA6OxV', 'ftBQnuPcKk2MmCh1F+90f6Cvk6PAFoZQFLzdeppLSAg'],
  ['pässwörd€😀', 'EjBdjUYM/7unYPuW32qOreq+', 'yjtxG5DbtP9KmGFZroMgbPOxOynW9pwLfzkvNoosbtw'],
];

describe('parsecAuth', () => {
  const plugin = (password: string) => parsecAuth(password)({ connection: {} as Connection, command: '' });

  for (const [password, salt, stored] of ACCOUNTS) {
    it(`signs the nonces of the server and the client with the password "${password}"`, async () => {
      const der = Buffer.concat([SPKI_HEAD, Buffer.from(stored, 'base64')]);
      const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
      const nonce = randomBytes(32);
      const answer = plugin(password);
      expect(answer(nonce), 'requests the salt').to.deep.equal(Buffer.alloc(0));
      const bytes = (await answer(Buffer.concat([Buffer.from('P\0'), Buffer.from(salt, 'base64')]))) as Buffer;
      expect(bytes).to.have.lengthOf(96);
      expect(verify(null, Buffer.concat([nonce, bytes.subarray(0, 32)]), key, bytes.subarray(32))).to.equal(true);
    });
  }

  it('uses a new nonce of its own in each answer', async () => {
    const answers = [plugin('secret'), plugin('secret')].map((answer) => {
      answer(Buffer.alloc(32));
      return answer(Buffer.from('P\0salt'));
    });
    const [first, second] = (await Promise.all(answers)) as Buffer[];
    expect(first?.subarray(0, 32)).to.not.deep.equal(second?.subarray(0, 32));
  });

  const invalid: [string, Buffer, string][] = [
    ['another key derivation', Buffer.from('X\0salt'), 'unknown key derivation'],
    ['no parameters', Buffer.alloc(0), 'unknown key derivation'],
    ['a key derivation without a number of rounds', Buffer.from('P'), 'too many rounds'],
    ['a key derivation that takes minutes', Buffer.from('P\tsalt'), 'too many rounds'],
  ];
  for (const [what, parameters, error] of invalid) {
    it(`throws at once if the server requests ${what}`, () => {
      const answer = plugin('secret');
      answer(Buffer.alloc(32));
      expect(() => answer(parameters)).to.throw(error);
    });
  }
});
