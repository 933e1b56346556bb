import { LISTENER_OPTIONS } from '#lib/server/configuration/listener-options.js';
import { OPTIONS } from '#lib/server/configuration/options.js';
import type { Given } from './given.js';

/** The keys that errors list. */
const KEYS = [...Object.keys({ ...OPTIONS, ...LISTENER_OPTIONS }), 'listeners', 'admin', 'databases'].sort().join(', ');
const DATABASE_KEYS =
  'answers, autocommit, bigints, compression, connect-wait, connections, connections-per-user, dates, decimals, ' +
  'idle-transaction-timeout, init, label, max-connection-age, max-result, max-sessions, max-sessions-per-host, ' +
  'max-sessions-per-user, max-timeout, nulls, pin, query-timeout, read-only, result-memory, rows, transaction-timeout, ' +
  'url, url-file, users';

/** Each line has the line before it ten times. */
const BOMB = [...'bcdefgh'].reduce(
  (text, name) => `${text}${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)},`.repeat(10)}]\n`,
  'a: &a [1,1,1,1,1,1,1,1,1,1]\n',
);

/** Values of options, which are refused with the same text as a flag and, unless only the flag is named, as a key. */
export const REFUSED_VALUES: readonly (readonly [option: string, value: string, problem: string, only?: 'flag'])[] = [
  ['port', '65536', 'must be an integer from 0 to 65535'],
  ['port', '8e3', 'must be an integer from 0 to 65535', 'flag'],
  ['connections', '0', 'must be an integer from 1 to 100000'],
  ['max-sessions', 'many', 'must be an integer of at least 1'],
  ['grace', '-1', 'must be a number of seconds'],
  ['grace', 'x', 'must be a number of seconds, at most 2000000'],
  ['max-timeout', '0', 'greater than 0'],
  ['log-level', 'loud', 'must be debug, info, warn, error'],
  ['max-request', '64X', 'a number of bytes'],
  ['max-request', '0', 'a number of bytes'],
  ['memory', '0%', 'or a percentage up to 100%'],
  ['memory-per-user', '101%', 'or a percentage up to 100%'],
  ['tls-min-version', 'SSLv3', 'must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3'],
  ['allow', '10.0.0.0/33', 'invalid address or network "10.0.0.0/33"'],
  ['deny', 'example.org', 'invalid address or network "example.org"'],
  ['deny', '1.2.3', 'invalid address or network "1.2.3"'],
  ['allow', '', 'must not be empty'],
  ['admin-port', 'x', 'from 0 to 65535', 'flag'],
  ['tls-key', 'key.pem', '--tls-certificate and --tls-key must be used together'],
  ['tls-certificate', 'cert.pem', '--tls-certificate and --tls-key must be used together'],
  ['host', '0.0.0.0', 'refusing to listen on 0.0.0.0 without authentication'],
  ['host', '"::"', 'use --insecure'],
  ['host', '192.0.2.1', 'use --insecure'],
  ['host', 'example.org', 'use --insecure'],
  ['host', '127.example.org', 'use --insecure'],
];

const database = (entry: string) => `databases: {a: {url: "mysql://localhost/a", ${entry}}}`;

/** Configurations that are refused, with a text in what is printed then, in which the file is netsvc.yaml. */
export const REFUSED: readonly (readonly [what: string, given: Given, problem: string])[] = [
  ['an unknown flag', ['--nonsense'], "unknown option '--nonsense' (see --help)"],
  ['a flag that is misspelt', ['--prot', '1'], "unknown option '--prot' (--port?)"],
  ['an argument', ['extra'], 'but got 1. (see --help)'],
  ['a file that does not exist', ['--config', '/none'], '/none: no such file\n'],
  ['a folder as file', ['--config', '/tmp'], '/tmp: is a directory\n'],
  ['a URL of another server', ['--database', 'postgres://x/y'], 'must start with mysql://'],
  ['a name with a space', ['--database', 'a b=mysql://x/y'], 'invalid endpoint name'],
  ['two URLs without names', ['--database', 'mysql://x/y', '--database', 'mysql://x/z'], 'use NAME=URL'],
  ['a URL below a file', ['--database', '@/dev/null/url'], '/dev/null/url: not a directory'],
  ['a remote address', ['--database', 'mysql://10.0.0.1/x'], 'use its host name, or set ssl-mode'],
  ['no file of a URL', ['--database', '@/none'], 'database database: /none: no such file'],
  [
    'a folder as CA',
    ['--database', 'mysql://h/x?ssl-ca=/tmp'],
    'database database: parameter ssl-ca: /tmp: is a directory',
  ],
  ['a URL with colons', ['--database', 'mysql://root:secret@:::/x'], 'database'],
  ['a URL with two schemas', ['--database', 'mysql://root:secret@h/a/b'], 'database'],
  ['an unknown parameter', ['--database', 'mysql://root:secret@h/a?b=c'], 'database'],
  ['no URL', ['--database', 'root:secret@h'], 'database'],

  ['no YAML', 'a: [1,\nb: 2', 'netsvc.yaml:2: '],
  ['a key twice', 'grace: 1\ngrace: 2', 'netsvc.yaml:2: duplicate key'],
  ['two documents', 'grace: 1\n---\ngrace: 2', 'netsvc.yaml:2: must be a single document'],
  ['a list', '- a', 'netsvc.yaml:1: must be a mapping'],
  ['aliases that expand to too much', BOMB, 'netsvc.yaml: Excessive alias count'],
  ['an unknown key', 'grace: 1\n\nprot: 3', `netsvc.yaml:3: unknown key "prot" (known: ${KEYS})\n`],
  [
    'an unknown key of a database',
    'databases:\n  a:\n    url: mysql://localhost/a\n    nul: empty',
    `netsvc.yaml:4: databases.a: unknown key "nul" (known: ${DATABASE_KEYS})\n`,
  ],
  [
    'a key of a database at the top level',
    'label: true',
    'netsvc.yaml:1: unknown key "label" (it is a key of a database: databases.NAME.label)\n',
  ],
  [
    'a key of the top level in a database',
    database('memory: 1G'),
    'netsvc.yaml:1: databases.a: unknown key "memory" (it is a key of the top level)\n',
  ],
  [
    'an unknown key of a listener',
    'listeners: [{prot: 1}]',
    'netsvc.yaml:1: listeners.0: unknown key "prot" (known: host, port, tls-certificate, tls-key, tls-min-version)\n',
  ],
  [
    'an unknown key of admin',
    'admin: {usr: 1}',
    'netsvc.yaml:1: admin: unknown key "usr" (known: host, port, users)\n',
  ],
  ['an unknown value type', database('\n  nulls: none'), ':2: databases.a.nulls: must be nil or empty'],
  ['an invalid name', 'databases:\n  "a b": {}', 'netsvc.yaml:2: databases: invalid endpoint name "a b"'],
  [
    'an invalid port of a listener',
    'listeners:\n  - port: 1\n  - port: 65536',
    ':3: listeners.1.port: must be an integer from 0 to 65535',
  ],
  ['no listener', 'listeners: []', ':1: listeners: must not be empty'],
  ['no list', 'listeners: 1', ':1: listeners: must be a list'],
  ['an empty value', 'databases:', ':1: databases: must not be empty'],
  ['a value that is no mapping', 'admin: 9464', ':1: admin: must be a mapping'],
  ['an invalid boolean', 'insecure: 1', ':1: insecure: must be true or false'],
  ['an invalid string', 'data: 1', ':1: data: must be a string'],
  ['an invalid user', database('users: [1]'), ':1: databases.a.users.0: must be a string'],
  ['an invalid network in a list', 'deny:\n  - 1.2.3', ':1: deny: invalid address or network "1.2.3"'],
  ['users without a password file', database('users: [b]'), ':1: database a: users requires a password file'],
  ['a URL twice', database('url-file: x'), ':1: database a: url and url-file are'],
  ['an invalid URL', 'databases: {a: {url: "mysql://x:secret@y/a/b"}}', ':1: database a: database name in the URL'],
  ['a missing URL', 'databases: {shop: {}}', 'database shop: missing URL (set url, url-file or NETSVC_DATABASE)'],
  ['a missing file of a URL', 'databases:\n  a:\n    url-file: none', ':3: database a: none: no such file\n'],
  ['a folder as file of a URL', 'databases:\n  a:\n    url-file: .', ': is a directory\n'],
  [
    'a public listener of several',
    'listeners:\n- {}\n- host: "::"',
    ':3: refusing to listen on :: without authentication',
  ],
  ['a port of several', { yaml: 'listeners: [{}, {port: 1}]', flags: ['--port', '2'] }, '--port is ambiguous'],
  ...['port: 2', 'tls-key: x'].map((key): [string, Given, string] => [
    `a list of listeners and ${key}`,
    `listeners: [{port: 1}]\n${key}`,
    `netsvc.yaml:2: ${key.split(':')[0]} and listeners are mutually exclusive: set it in each listener\n`,
  ]),
  ['no port of admin', 'admin: {host: 127.0.0.1}', 'admin: missing port'],
  [
    'a public listener for operators',
    'users: users\nadmin: {host: 0.0.0.0, port: 9000}',
    ':2: refusing admin access on 0.0.0.0 without authentication',
  ],
  ['one port twice', 'listeners:\n- port: 8\n- port: 8', ':3: port 8 on 127.0.0.1 has another listener\n'],
  [
    'one port in the addresses of all',
    'users: users\nlisteners:\n- {port: 80, host: "::"}\n- {port: 80, host: 127.0.0.1}',
    ':4: port 80 on 127.0.0.1 has another listener\n',
  ],
  [
    'one port for operators too',
    'port: 8000\nadmin: {port: 8000}',
    ':2: port 8000 on 127.0.0.1 has another listener\n',
  ],
  [
    'several errors, in the order of their lines',
    {
      yaml: [
        'databases:',
        '  a: {url-file: none}',
        '  b: {url: "mysql://localhost/b?nulls=maybe", nul: empty}',
        '  c: {lable: true}',
        'prot: 1',
        'grace: x',
        'insecure: 1',
      ].join('\n'),
      flags: ['--database', 'd=postgres://x'],
    },
    [
      'netsvc.yaml:2: database a: none: no such file',
      `netsvc.yaml:3: databases.b: unknown key "nul" (known: ${DATABASE_KEYS})`,
      'netsvc.yaml:3: database b: parameter nulls must be nil or empty',
      `netsvc.yaml:4: databases.c: unknown key "lable" (known: ${DATABASE_KEYS})`,
      `netsvc.yaml:5: unknown key "prot" (known: ${KEYS})`,
      'netsvc.yaml:6: grace: must be a number of seconds, at most 2000000',
      'netsvc.yaml:7: insecure: must be true or false',
      'netsvc: database d: database URL must start with mysql://\n',
    ].join('\n'),
  ],
];

/** The same for those that are refused when the files are read that they name. */
export const REFUSED_FILES: typeof REFUSED = [
  ['no password file', 'users: nowhere', 'netsvc.yaml:1: users file nowhere: no such file\n'],
  ['an empty password file', 'users: empty', 'netsvc.yaml:1: users file empty: there are no users\n'],
  [
    'an empty one of operators',
    'admin: {port: 0, users: empty}',
    'netsvc.yaml:1: users file empty: there are no users\n',
  ],
  ['a folder as password file', 'admin: {port: 1, users: .}', 'netsvc.yaml:1: users file .: is a directory\n'],
  [
    'a user who does not exist',
    'users: users\ndatabases:\n  shop:\n    url: mysql://localhost/x\n    users: [grace, nobody]',
    'netsvc.yaml:5: database shop: there is no user "nobody"\n',
  ],
  ['no certificate', 'tls-certificate: users\ntls-key: key.pem', ':1: certificate users: not a certificate in PEM'],
  [
    'the key of another certificate',
    'tls-certificate: cert.pem\ntls-key: other.key',
    ':1: key other.key: does not belong to certificate cert.pem\n',
  ],
  ['a folder as key', 'tls-certificate: cert.pem\ntls-key: .', ':1: key .: is a directory\n'],
  ...['users', 'encrypted.key'].map((key): [string, Given, string] => [
    `${key} as key`,
    `tls-certificate: cert.pem\ntls-key: ${key}`,
    `:1: key ${key}: not a private key in PEM without a passphrase\n`,
  ]),
  [
    'a key that OpenSSL does not use',
    'tls-certificate: weak.pem\ntls-key: weak.key',
    ':1: certificate weak.pem and key weak.key: ee key too small\n',
  ],
  [
    'a certificate that has expired',
    'tls-certificate: expired.pem\ntls-key: expired.key',
    ':1: certificate expired.pem: expired on 2020-01-31\n',
  ],
  [
    'one that is not yet valid',
    'tls-certificate: next.pem\ntls-key: next.key',
    ':1: certificate next.pem: not valid before 2099-01-01\n',
  ],
  [
    'one whose issuer has expired',
    'tls-certificate: issued.pem\ntls-key: key.pem',
    ':1: certificate issued.pem: expired on 2020-01-31 (the issuer CN=expired)\n',
  ],
  [
    'several files, and a key',
    {
      yaml: 'grace: 1\nusers: nowhere\nadmin: {port: 1, users: empty}\nprot: 1',
      flags: ['--tls-key', 'k', '--tls-certificate', 'c'],
    },
    [
      'netsvc.yaml:2: users file nowhere: no such file',
      'netsvc.yaml:3: users file empty: there are no users',
      `netsvc.yaml:4: unknown key "prot" (known: ${KEYS})`,
      'netsvc: certificate c: no such file\n',
    ].join('\n'),
  ],
];
