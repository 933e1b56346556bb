import type { AuthPlugin, ConnectionOptions } from 'mysql2';
import { ed25519Auth } from './ed25519-auth.js';
import { parsecAuth } from './parsec-auth.js';

/** Sends the password as it is. */
export const CLEARTEXT_PLUGIN = 'mysql_clear_password';

/**
 * The authentication plugins that mysql2 does not support, or not completely. It supports `caching_sha2_password`,
 * `sha256_password` and `mysql_native_password`.
 */
export function authPlugins(options: ConnectionOptions): { [plugin: string]: AuthPlugin } {
  const { password = '' } = options;
  return {
    client_ed25519: ed25519Auth(password),
    parsec: parsecAuth(password),
    // mysql2 would send the word "undefined".
    ...(password === '' && { sha256_password: cleartext('') }),
    ...(hidesTraffic(options) && { [CLEARTEXT_PLUGIN]: cleartext(password) }),
  };
}

/** With TLS or on a Unix socket, `caching_sha2_password` sends the password as it is, too. */
function hidesTraffic({ ssl, socketPath }: ConnectionOptions): boolean {
  return ssl !== undefined || socketPath !== undefined;
}

function cleartext(password: string): AuthPlugin {
  return () => () => Buffer.from(`${password}\0`);
}
