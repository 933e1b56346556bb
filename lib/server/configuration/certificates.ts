import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { secureContext, type TlsOptions } from '../../http/listener/tls.js';
import { orFail } from '../../system/system-error.js';
import type { LISTENER_OPTIONS } from './listener-options.js';
import type { Values } from './option-values.js';
import { UsageError } from './problems.js';

/**
 * Reads the certificate and the key of a listener, if it has them.
 *
 * @throws {UsageError} also if they do not match
 */
export function readCertificate(listener: Values<typeof LISTENER_OPTIONS>): TlsOptions | undefined {
  const { tlsCertificate, tlsKey, tlsMinVersion } = listener;
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  const certificate = readText('certificate', tlsCertificate);
  const key = readText('key', tlsKey);
  const parsed = attempt(`certificate ${tlsCertificate}: not a certificate in PEM`, () => {
    return new X509Certificate(certificate);
  });
  const parsedKey = attempt(`key ${tlsKey}: not a private key in PEM without a passphrase`, () =>
    createPrivateKey(key),
  );
  if (!parsed.checkPrivateKey(parsedKey)) {
    throw new UsageError(`key ${tlsKey}: does not belong to certificate ${tlsCertificate}`);
  }
  const tls = { certificate, key, minVersion: tlsMinVersion };
  // It fails, such as for a key that is too short.
  orFail(UsageError, `certificate ${tlsCertificate} and key ${tlsKey}`, () => createSecureContext(secureContext(tls)));
  return tls;
}

/** A certificate in PEM. */
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----.*?-----END [^-]*-----/gs;

/**
 * Why clients reject a certificate, or that of an issuer that is sent with it, at a time, such as now; undefined if
 * they accept it then.
 */
export function invalidityOf({ certificate }: TlsOptions, now = new Date()): string | undefined {
  for (const [index, [text]] of [...certificate.matchAll(CERTIFICATE)].entries()) {
    const { validFrom, validTo, subject } = new X509Certificate(text);
    const whose = index === 0 ? '' : ` (the issuer ${subject.replaceAll('\n', ', ')})`;
    if (now > new Date(validTo)) return `expired on ${dateOf(validTo)}${whose}`;
    if (now < new Date(validFrom)) return `not valid before ${dateOf(validFrom)}${whose}`;
  }
  return undefined;
}

/** When a certificate expires. */
export function expiryOf({ certificate }: TlsOptions): Date {
  return new Date(new X509Certificate(certificate).validTo);
}

/** @param time as OpenSSL writes it */
function dateOf(time: string): string {
  return new Date(time).toISOString().slice(0, 10);
}

function readText(what: string, path: string): string {
  return orFail(UsageError, `${what} ${path}`, () => readFileSync(path, 'utf8'));
}

/** Fails with a message of its own: those of OpenSSL are such as `error:0480006C:PEM routines::no start line`. */
function attempt<Result>(failure: string, work: () => Result): Result {
  try {
    return work();
  } catch {
    throw new UsageError(failure);
  }
}
