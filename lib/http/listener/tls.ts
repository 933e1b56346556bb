import type { SecureContextOptions, SecureVersion } from 'node:tls';

/** The TLS settings of a listener, in PEM. */
export interface TlsOptions {
  /** The certificate, followed by those of its issuers. */
  readonly certificate: string;
  readonly key: string;
  /** TLSv1.2 by default. */
  readonly minVersion?: SecureVersion | undefined;
}

/** @throws Node's error if the certificate and the key do not match */
export function secureContext({ certificate, key, minVersion = 'TLSv1.2' }: TlsOptions): SecureContextOptions {
  const context: SecureContextOptions = { cert: certificate, key, minVersion };
  // OpenSSL rejects SHA-1 signatures, which versions before TLS 1.2 need, above security level 0.
  return minVersion < 'TLSv1.2' ? { ...context, ciphers: 'DEFAULT@SECLEVEL=0' } : context;
}
