import type { MysqlConnection } from '../../database/connections/mysql-connection.js';

/** What operators are told of an account whose password clients can change. */
export const LOCKOUT_WARNING =
  'clients can change the password of the MySQL account and lock netsvc out (docs/security.md)';

/** The authentication plugins of MariaDB and MySQL that store no password, so that a client cannot change it. */
const WITHOUT_PASSWORD = /^(?:unix_socket|auth_socket|pam|gssapi|named_pipe|authentication_\w+)$/;

/**
 * Whether a client can change the password of the account of a connection, so that netsvc can no longer log in. False
 * if the server does not say.
 */
export async function canLockOut(connection: MysqlConnection): Promise<boolean> {
  const ask = async (sql: string) => (await connection.query(sql).catch(() => [])).map(([value = '']) => value);
  const [definition] = await ask('SHOW CREATE USER CURRENT_USER()');
  if (definition === undefined) return false;
  if ((await ask('SHOW GRANTS')).some(administersAccounts)) return true;
  if (connection.server === 'MariaDB') return hasPassword(pluginsOfMariadb(definition));
  const [requiresCurrent] = await ask('SELECT @@password_require_current');
  return hasPassword(pluginsOfMysql(definition)) && !isCurrentRequired(definition, requiresCurrent === '1');
}

/** Whether a privilege of `SHOW GRANTS` is enough to change any account, also without its current password. */
function administersAccounts(grant: string): boolean {
  const [, privileges = '', scope] = /^GRANT (.*) ON (\*\.\*|`mysql`\.\S+) TO /.exec(grant) ?? [];
  const all = privileges.split(', ');
  return (
    scope !== undefined && ['ALL PRIVILEGES', 'CREATE USER', 'UPDATE'].some((privilege) => all.includes(privilege))
  );
}

/** Without any, the account has an old kind of password, or none. */
function hasPassword(plugins: readonly string[]): boolean {
  return plugins.length === 0 || plugins.some((plugin) => !WITHOUT_PASSWORD.test(plugin));
}

/** @param definition such as: CREATE USER `a`@`b` IDENTIFIED VIA unix_socket OR ed25519 USING '...' */
function pluginsOfMariadb(definition: string): string[] {
  const unquoted = withoutNames(definition).replaceAll(/'(?:[^'\\]|''|\\.)*'/g, '');
  return [...unquoted.matchAll(/ (?:VIA|OR) (\w+)/g)].map(([, plugin = '']) => plugin);
}

/** @param definition such as: CREATE USER `a`@`b` IDENTIFIED WITH 'caching_sha2_password' AS '...' */
function pluginsOfMysql(definition: string): string[] {
  return [...withoutNames(definition).matchAll(/ IDENTIFIED WITH '(\w+)'/g)].map(([, plugin = '']) => plugin);
}

/** @param byDefault `password_require_current` is on */
function isCurrentRequired(definition: string, byDefault: boolean): boolean {
  const [, how] = / PASSWORD REQUIRE CURRENT(| DEFAULT| OPTIONAL)$/.exec(withoutNames(definition)) ?? [];
  return how === '' || (how === ' DEFAULT' && byDefault);
}

function withoutNames(definition: string): string {
  return definition.replaceAll(/`(?:[^`]|``)*`/g, '');
}
