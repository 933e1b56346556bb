import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import { expect } from 'chai';
import type { Connection } from 'mysql2';
import { ed25519Auth } from '#lib/database/driver/ed25519-auth.js';

/** What precedes an Ed25519 key of 32 bytes in a SubjectPublicKeyInfo. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** Passwords, and the keys that MariaDB 11.8 stores for them: `identified via ed25519 using password('secret')`. */
const ACCOUNTS: [string, string][] = [
  ['secret', 'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY'],
  ['', '4LH+dBF+G5W2CKTyId8xR3SyDqZoQjUNUVNxx8aWbG4'],
  ['pässwörd€😀', 'dFzumScmUhZyWoDwGxf0Qg7Zfy3GKxuW7dm514IJtSU'],
];

describe('ed25519Auth', () => {
  const answer = (password: string, nonce: Buffer) =>
    ed25519Auth(password)({ connection: {} as Connection, command: '' })(nonce) as Buffer;

  for (const [password, stored] of ACCOUNTS) {
    it(`signs the server's nonce with the password "${password}", as MariaDB verifies it`, () => {
      const key = publicKey(Buffer.from(stored, 'base64'));
      for (let i = 0; i < 50; i++) {
        const nonce = randomBytes(32);
        expect(verify(null, nonce, key, answer(password, nonce))).to.equal(true);
        expect(verify(null, randomBytes(32), key, answer(password, nonce))).to.equal(false);
      }
    });
  }

  it('ignores a byte behind the nonce', () => {
    const nonce = randomBytes(32);
    expect(answer('secret', Buffer.concat([nonce, Buffer.of(0)]))).to.deep.equal(answer('secret', nonce));
  });
});

function publicKey(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: 'der', type: 'spki' });
}
