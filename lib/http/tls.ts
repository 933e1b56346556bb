import type { SecureContextOptions, SecureVersion } from 'node:tls';

/** What a listener needs to speak TLS, in PEM. */
export interface TlsOptions {
  /** The certificate, and behind it those of whoever signed it. */
  readonly certificate: string;
  readonly key: string;
  /** TLSv1.2 by default. */
  readonly minVersion?: SecureVersion | undefined;
}

/** @throws Node's error if they do not belong together */
export function secureContext({ certificate, key, minVersion = 'TLSv1.2' }: TlsOptions): SecureContextOptions {
  const context: SecureContextOptions = { cert: certificate, key, minVersion };
  // OpenSSL refuses what the versions before need, SHA-1 in signatures, unless it is told that no security is expected.
  return minVersion < 'TLSv1.2' ? { ...context, ciphers: 'DEFAULT@SECLEVEL=0' } : context;
}
