/** The maximum length of a user's name in a label: the process list shows the first 100 characters of a statement. */
const MAX_USER = 32;

/**
 * Returns a comment that says in MySQL's process list whose statement it is, in front of which it is sent. Characters
 * that are not letters, digits or `_.@-` are replaced, so that the name of a user can neither end the comment nor make
 * it one that MySQL executes.
 *
 * @param session the digest of the session in the log; undefined outside of sessions
 */
export function statementLabel(user: string, session?: string): string {
  const name = user.slice(0, MAX_USER).replaceAll(/[^A-Za-z0-9_.@-]/gu, '?');
  return `/* netsvc${name && ` user=${name}`}${session === undefined ? '' : ` session=${session}`} */ `;
}
