import { createHash } from 'node:crypto';
import { Point } from '@noble/ed25519';
import type { AuthPlugin } from 'mysql2';

const { n: ORDER } = Point.CURVE();

/** The length of the server's nonce and of the encoded points and numbers, in bytes. */
const LENGTH = 32;

/**
 * MariaDB's authentication plugin `ed25519`, which the protocol calls `client_ed25519`: the password signs the server's
 * nonce. The signature is that of RFC 8032, but the password takes the place of its key of 32 bytes, which node:crypto
 * does not support.
 */
export function ed25519Auth(password: string): AuthPlugin {
  return () => (nonce) => signature(Buffer.from(password), nonce.subarray(0, LENGTH));
}

function signature(password: Buffer, message: Buffer): Buffer {
  const expanded = sha512(password);
  const prefix = expanded.subarray(LENGTH);
  const scalar = littleEndian(clamped(expanded.subarray(0, LENGTH))) % ORDER;
  const secret = littleEndian(sha512(prefix, message)) % ORDER;
  const publicKey = Point.BASE.multiply(scalar).toBytes();
  const commitment = Point.BASE.multiply(secret).toBytes();
  const challenge = littleEndian(sha512(commitment, publicKey, message)) % ORDER;
  return Buffer.concat([commitment, toLittleEndian((secret + challenge * scalar) % ORDER)]);
}

/** RFC 8032, 5.1.5: the bits of a private scalar that are always the same. */
function clamped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(0) & 0xf8, 0);
  copy.writeUInt8((copy.readUInt8(LENGTH - 1) & 0x7f) | 0x40, LENGTH - 1);
  return copy;
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha512').update(Buffer.concat(parts)).digest();
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function toLittleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * LENGTH, '0'), 'hex').reverse();
}
