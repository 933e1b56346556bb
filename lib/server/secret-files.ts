import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type Passwords, parsePasswords } from '../access/password-file.js';
import { secureContext, type TlsOptions } from '../http/tls.js';
import type { ListenerSettings } from './settings.js';
import { UsageError } from './usage-error.js';

/** @throws {UsageError} without any secret */
export function readPasswords(path: string): Passwords {
  return naming(`users file ${path}`, () => parsePasswords(readFileSync(path, 'utf8')));
}

/**
 * Reads the certificate and the key of a listener, if it has them.
 *
 * @throws {UsageError} also if they do not match
 */
export function readCertificate(listener: ListenerSettings): TlsOptions | undefined {
  const { tlsCertificate, tlsKey, tlsMinVersion } = listener;
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  return naming(`certificate ${tlsCertificate} and key ${tlsKey}`, () => {
    const tls = {
      certificate: readFileSync(tlsCertificate, 'utf8'),
      key: readFileSync(tlsKey, 'utf8'),
      minVersion: tlsMinVersion,
    };
    createSecureContext(secureContext(tls));
    return tls;
  });
}

function naming<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
