import { readFileSync } from 'node:fs';
import { projectFile } from '../../support/project-file.js';
import type { Given } from './given.js';

/** Values of options as a flag and as a key, and what they are in the settings. */
export const ACCEPTED_VALUES: readonly (readonly [option: string, value: string, setting: object])[] = [
  ['max-request', '512', { maxRequest: 512 }],
  ['max-request', '64K', { maxRequest: 65_536 }],
  ['max-request', '16m', { maxRequest: 16 * 1024 ** 2 }],
  ['max-request', '4G', { maxRequest: 4 * 1024 ** 3 }],
  ['max-result', '1M', { maxResult: 1024 ** 2 }],
  ['memory', '1G', { memory: 1024 ** 3 }],
  ['memory', '20%', { memory: 0.2 }],
  ['connections-per-user', '50%', { connectionsPerUser: 0.5 }],
  ['connections-per-user', '0', { connectionsPerUser: 0 }],
  ['max-sessions-per-user', '0', { maxSessionsPerUser: 0 }],
  ['max-sessions-per-user', '0.125', { maxSessionsPerUser: 0.125 }],
  ['memory', '100%', { memory: 1 }],
  ['max-sessions', '5', { maxSessions: 5 }],
  ['grace', '2.5', { grace: 2.5 }],
  ['query-timeout', '0', { queryTimeout: 0 }],
  ['pin', 'always', { pin: 'always' }],
  ['log-level', 'debug', { logLevel: 'debug' }],
  ['users', 'users', { users: 'users' }],
  ['allow', '10.0.0.0/8', { allow: { networks: ['10.0.0.0/8'] } }],
  ['port', '0', { listeners: [{ port: 0, host: '127.0.0.1' }] }],
  ['port', '65535', { listeners: [{ port: 65_535 }] }],
  ['tls-min-version', 'TLSv1.3', { listeners: [{ tlsMinVersion: 'TLSv1.3' }] }],
  ...['127.0.0.1', '127.1.2.3', '::1', 'localhost'].map((host): [string, string, object] => [
    'host',
    host,
    { listeners: [{ host }] },
  ]),
];

const WHOLE = `
listeners:
  - port: 8001
  - host: 192.0.2.1
    port: 8443
    tls-certificate: tls/cert.pem
    tls-key: /etc/key.pem
    tls-min-version: TLSv1.3
users: users
allow: [10.0.0.0/8, "fd00::/8"]
deny: 10.1.2.3
trusted-proxies: [127.0.0.1]
max-sessions: 20
max-request: 1M
grace: 2.5
pin: always
databases:
  shop:
    url: mysql://gateway:secret@db.example.org/shop?nulls=empty
    users: [grace, alan]
    read-only: true
    init: ["SET time_zone = '+00:00'"]
    bigints: string
    compression: off
    autocommit: false
    connections: 20
    connections-per-user: 50%
    query-timeout: 1.5
    max-result: 1M
  old/stock:
    url-file: url
`;

const [, EXAMPLE = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(projectFile('docs/configuration.md'), 'utf8')) ?? [];
const OF_URL = 'mysql://localhost/a?autocommit=0&nulls=empty&rows=found';
const OTHERS = ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.example.org'];

/** Configurations, and a part of the settings that they make. Paths are those of the folder of the file. */
export const ACCEPTED: readonly (readonly [what: string, given: Given, settings: object])[] = [
  [
    'all that a file can set',
    WHOLE,
    {
      users: 'users',
      maxSessions: 20,
      grace: 2.5,
      pin: 'always',
      maxRequest: 1024 ** 2,
      connections: 50,
      allow: { networks: ['10.0.0.0/8', 'fd00::/8'] },
      deny: { networks: ['10.1.2.3'] },
      trustedProxies: { networks: ['127.0.0.1'] },
      listeners: [
        { host: '127.0.0.1', port: 8001, tlsKey: undefined },
        {
          host: '192.0.2.1',
          port: 8443,
          tlsCertificate: 'tls/cert.pem',
          tlsKey: '/etc/key.pem',
          tlsMinVersion: 'TLSv1.3',
        },
      ],
      databases: {
        shop: {
          readOnly: true,
          init: ["SET time_zone = '+00:00'"],
          autocommit: false,
          users: ['grace', 'alan'],
          values: { nulls: 'empty', bigints: 'string', compression: 'off' },
          limits: { connections: 20, connectionsPerUser: 0.5, queryTimeout: 1.5, maxResult: 1024 ** 2 },
          connection: { host: 'db.example.org', user: 'gateway', password: 'secret' },
        },
        'old/stock': {
          autocommit: true,
          limits: {},
          readOnly: false,
          users: undefined,
          connection: { host: 'db.example.org', database: 'shop', password: 'secret' },
        },
      },
    },
  ],
  ['the example of docs/configuration.md', EXAMPLE, { databases: { shop: {}, stock: {} }, listeners: [{}, {}] }],
  ['an empty file', '', { listeners: [{ port: 8000 }] }],
  ['a comment', '# nothing\n', { listeners: [{ port: 8000 }] }],
  ['an empty mapping', '{}', { listeners: [{ port: 8000 }] }],
  [
    'flags, which override a file',
    {
      yaml:
        'listeners: [{port: 1, host: "::1"}]\nmax-sessions: 5\n' +
        'databases: {a: {url: "mysql://localhost/a", read-only: true}}',
      flags: ['--port', '2', '--max-sessions', '6', '--database', 'a=mysql://localhost/b'],
    },
    {
      listeners: [{ host: '::1', port: 2 }],
      maxSessions: 6,
      databases: { a: { connection: { database: 'b' }, readOnly: true } },
    },
  ],
  [
    'keys, which override a URL',
    `databases: {a: {url: "${OF_URL}", autocommit: true, rows: changed}, b: {url: "${OF_URL}"}}`,
    {
      databases: {
        a: { autocommit: true, values: { nulls: 'empty' }, connection: { foundRows: false } },
        b: { autocommit: false, connection: { foundRows: true } },
      },
    },
  ],
  [
    'a URL in the environment',
    { yaml: 'databases: {shop: {read-only: true}}', environment: { NETSVC_DATABASE: 'shop=mysql://localhost/x' } },
    { databases: { shop: { readOnly: true, url: 'mysql://localhost/x' } } },
  ],
  [
    'the keys of one listener',
    {
      yaml: 'host: "::1"\nport: 8443\ntls-certificate: tls/cert.pem\ntls-key: /etc/key.pem\n',
      flags: ['--tls-min-version', 'TLSv1.3'],
    },
    {
      listeners: [
        {
          host: '::1',
          port: 8443,
          tlsCertificate: 'tls/cert.pem',
          tlsKey: '/etc/key.pem',
          tlsMinVersion: 'TLSv1.3',
        },
      ],
    },
  ],
  [
    'a flag over such a key',
    { yaml: 'host: "::1"\nport: 8443', flags: ['--port', '1'] },
    { listeners: [{ host: '::1', port: 1 }] },
  ],
  [
    'a database by its URL',
    ['--database', 'mysql://root@localhost/shop?socket=/run/a=b'],
    { databases: { database: { connection: { host: 'localhost', database: 'shop', socketPath: '/run/a=b' } } } },
  ],
  [
    'several by names',
    ['--database', 'a/b=mysql://x/a', '--database', 'c=mysql://y:33/c'],
    { databases: { 'a/b': {}, c: { connection: { host: 'y', port: 33, database: 'c' } } } },
  ],
  [
    'several in the environment',
    { environment: { NETSVC_DATABASE: 'a=mysql://x/a b=mysql://y/b' } },
    { databases: { a: {}, b: {} } },
  ],
  [
    'a flag over those of the environment',
    { flags: ['--database', 'mysql://z/z'], environment: { NETSVC_DATABASE: 'a=mysql://x/a b=mysql://y/b' } },
    { databases: { database: {} } },
  ],
  [
    'URLs in a file',
    ['--database', '@FOLDER/url', '--database', 'b=@FOLDER/url'],
    { databases: { database: { connection: { password: 'secret' } }, b: { connection: { password: 'secret' } } } },
  ],
  ...OTHERS.flatMap((host) =>
    [['--insecure'], ['--users', 'users']].map((access): [string, Given, object] => [
      `${host} with ${access[0]}`,
      ['--host', host, ...access],
      { listeners: [{ host }] },
    ]),
  ),
  [
    'operators everywhere with --insecure',
    { yaml: 'admin: {host: 0.0.0.0, port: 9000}', flags: ['--insecure'] },
    { admin: { host: '0.0.0.0', port: 9000 } },
  ],
  [
    'operators everywhere with users',
    'users: users\nadmin: {host: 0.0.0.0, port: 9000, users: operators}',
    { admin: { host: '0.0.0.0', port: 9000, users: 'operators' } },
  ],
  [
    'a flag over the port of operators',
    { yaml: 'admin: {port: 9000}', flags: ['--admin-port', '9001'] },
    { admin: { host: '127.0.0.1', port: 9001 } },
  ],
  ['operators', ['--admin-port', '9001'], { admin: { host: '127.0.0.1', port: 9001, users: undefined } }],
];

/** The settings without any. */
export const DEFAULTS = {
  data: '.netsvc',
  users: undefined,
  allow: undefined,
  deny: undefined,
  trustedProxies: undefined,
  insecure: false,
  connections: 50,
  connectionsPerUser: 0.5,
  pin: 'auto',
  loginExempt: undefined,
  loginFailures: 10,
  maxClients: 20_000,
  maxSessions: 10_000,
  maxSessionsPerUser: 0.8,
  maxSessionsPerHost: 0,
  maxTimeout: 3600,
  maxRequest: 64 * 1024 ** 2,
  memory: 0.5,
  memoryPerUser: 0.5,
  memoryPerSession: 0.25,
  resultMemory: 16 * 1024 ** 2,
  maxResult: 4 * 1024 ** 3,
  connectWait: 10,
  maxConnectionAge: 300,
  queryTimeout: 0,
  transactionTimeout: 0,
  idleTransactionTimeout: 0,
  waitForDatabase: 0,
  logLevel: 'info',
  logStatements: 'digest',
  auditLog: undefined,
  auditStatements: 'digest',
  metricsPerUser: false,
  slowQuery: 0,
  drain: 0,
  instance: undefined,
  grace: 10,
  admin: undefined,
  listeners: [
    { host: '127.0.0.1', port: 8000, tlsCertificate: undefined, tlsKey: undefined, tlsMinVersion: 'TLSv1.2' },
  ],
  databases: {},
};
