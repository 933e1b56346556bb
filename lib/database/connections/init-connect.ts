import { type CommandAnswer, queryCommand } from '../driver/command-batch.js';
import type { ServerProperties } from './server-properties.js';

/** The privileges of an account whose new connections the server does not prepare with its `init_connect`. */
export const GRANTS = queryCommand('SHOW GRANTS');

/**
 * Whether the server runs `init_connect` on new connections of the account. MariaDB 11 no longer counts SUPER.
 *
 * @param answer to `GRANTS`
 */
export function runsInitConnect({ kind, version }: ServerProperties, answer: CommandAnswer | undefined): boolean {
  const exempting = new Set(['ALL PRIVILEGES', 'CONNECTION ADMIN', 'CONNECTION_ADMIN']);
  if (kind === 'MySQL' || Number.parseInt(version, 10) < 11) exempting.add('SUPER');
  const granted = (answer?.rows ?? []).flatMap(
    ([grant = '']) => /^GRANT (.*) ON \*\.\* TO /.exec(grant)?.[1]?.split(', ') ?? [],
  );
  return !granted.some((privilege) => exempting.has(privilege));
}
