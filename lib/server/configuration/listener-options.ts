import * as z from 'zod';
import { type OptionDefinition, option } from './option-definition.js';
import { file, wholeNumber } from './option-types.js';

/** The options of a listener. The flags set those of one listener; the file may have several. */
export const LISTENER_OPTIONS = {
  host: option({ schema: z.string(), argument: '<address>' }, 'address to listen on', {
    defaultText: '127.0.0.1',
    more: 'remote access requires `users` or `insecure`',
    reload: 'restart',
  }),
  port: option(wholeNumber(0, 65_535), 'port to listen on (0: any free port)', {
    defaultText: '8000',
    reload: 'restart',
  }),
  'tls-certificate': option(file(), 'TLS certificate in PEM, followed by those of its issuers', {
    reload: 'listeners',
    presence: 'fixed',
  }),
  'tls-key': option(file(), 'private key of the certificate, in PEM, without a passphrase', {
    reload: 'listeners',
    presence: 'fixed',
  }),
  'tls-min-version': option(
    {
      schema: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], 'must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3'),
      argument: '<version>',
    },
    'minimum TLS version; TLSv1 and TLSv1.1 are insecure, for clients that support no other',
    { defaultText: 'TLSv1.2', more: 'see [Old versions of TLS](security.md#old-versions-of-tls)', reload: 'listeners' },
  ),
} as const satisfies Record<string, OptionDefinition>;

/** The options of the listener for operators. The port has a flag, `--admin-port`. */
export const ADMIN_OPTIONS = {
  host: option({ schema: z.string(), argument: '<address>' }, 'address to listen on', {
    defaultText: '127.0.0.1',
    more: 'remote access requires `admin.users` or `insecure`',
    reload: 'restart',
  }),
  port: option(
    wholeNumber(0, 65_535),
    'port of the listener for health checks and metrics (0: any free port; default: no such listener)',
    { reload: 'restart' },
  ),
  users: option(file(), 'password file of its users', {
    more: 'without a login, clients learn only whether the server, or a database that they name, is ready',
    reload: 'users',
    presence: 'fixed',
  }),
} as const satisfies Record<string, OptionDefinition>;
