import type { Connection } from 'mysql2';

/** Of which variables MySQL shall tell that they were changed. */
export const TRACK_CHARSETS = "session_track_system_variables = 'character_set_client,character_set_results'";

/** Results without a character set, whose text comes as bytes, are left so. */
const RESTORE_CHARSETS =
  'character_set_client = utf8mb4, ' +
  "character_set_results = IF(COALESCE(@@character_set_results, 'binary') = 'binary', @@character_set_results, 'utf8mb4')";

/** Whether MySQL tells of character sets is up to a variable too. */
const TRACKING = /session_track/i;

/**
 * Has MySQL read and write UTF-8 on a connection, whatever `SET NAMES` the client asks for: that is between MySQL and us. Another character set would
 * lose what it does not have, or hide a backslash in the second half of a character, and with it the end of a literal; and some the driver does not know.
 */
export class ClientCharset {
  /** MySQL may read the next statement in another character set than it is written in. */
  inDoubt = false;

  constructor(driver: Connection) {
    keepCharset(driver);
  }

  /** A statement comes that may change what MySQL does not tell of. @param tracked whether it tells of character sets at all */
  expect(sql: string, tracked: boolean): void {
    if (!tracked || TRACKING.test(sql)) this.inDoubt = true;
  }

  /** @param variables that MySQL says were changed */
  note(variables: Readonly<Record<string, string>> = {}): void {
    if (isForeign(variables.character_set_client) || isForeign(variables.character_set_results)) this.inDoubt = true;
  }

  /** The statement that leaves no doubt. */
  restoration(tracked: boolean): string {
    return `SET ${tracked ? `${TRACK_CHARSETS}, ` : ''}${RESTORE_CHARSETS}`;
  }
}

/** A character set, where one was told, that is not all of UTF-8. */
function isForeign(charset: string | undefined): boolean {
  return charset !== undefined && charset !== 'utf8mb4';
}

/** The driver would write in the character set that MySQL says it reads, were it one that the driver has or not. */
function keepCharset(driver: Connection): void {
  const { config } = driver as unknown as { readonly config: { readonly charsetNumber: number } };
  const { charsetNumber } = config;
  Object.defineProperty(config, 'charsetNumber', { get: () => charsetNumber, set: () => {} });
}
