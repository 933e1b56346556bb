import { createPrivateKey, pbkdf2, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { AuthPlugin } from 'mysql2';

/** What precedes an Ed25519 key of 32 bytes in PKCS #8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The length of a nonce and of a key, in bytes. */
const LENGTH = 32;

const PBKDF2 = 'P'.charCodeAt(0);
const ROUNDS = 1024;

/** The maximum of the server's factor, which is 0 by default. 2^18 rounds take a fifth of a second. */
const MAX_FACTOR = 8;

const derive = promisify(pbkdf2);

/**
 * MariaDB's authentication plugin `parsec`: a key that is derived from the password and the account's salt signs a
 * nonce of the server and one of the client.
 */
export function parsecAuth(password: string): AuthPlugin {
  return () => {
    let nonce: Buffer | undefined;
    return (data) => {
      if (nonce !== undefined) return answer(password, nonce, data);
      nonce = Buffer.from(data.subarray(0, LENGTH));
      // An empty packet requests the salt.
      return Buffer.alloc(0);
    };
  };
}

/** @throws {Error} before it returns: mysql2 would not handle a rejection while it changes the user */
function answer(password: string, nonce: Buffer, parameters: Buffer): Promise<Buffer> {
  const [kind, factor = MAX_FACTOR + 1] = parameters;
  if (kind !== PBKDF2) throw new Error('parsec: unknown key derivation');
  if (factor > MAX_FACTOR) throw new Error('parsec: too many rounds of key derivation');
  return signNonces(password, nonce, parameters.subarray(2), ROUNDS << factor);
}

async function signNonces(password: string, nonce: Buffer, salt: Buffer, rounds: number): Promise<Buffer> {
  const seed = await derive(password, salt, rounds, LENGTH, 'sha512');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const own = randomBytes(LENGTH);
  return Buffer.concat([own, sign(null, Buffer.concat([nonce, own]), key)]);
}
