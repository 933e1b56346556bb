import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { maskMysqlUrl, parseMysqlUrl } from '#lib/database/mysql-url.js';
import { makeAuthority } from '../support/certificates.js';

const defaults = { host: 'localhost', port: 3306, user: '', password: '', database: '' };

/** The TLS options for a server on another machine, unless the URL has others. */
const verified = { rejectUnauthorized: true, verifyIdentity: true };

describe('parseMysqlUrl', () => {
  const urls: [string, object][] = [
    [
      'mysql://grace:secret@db.example:3307/shop',
      { host: 'db.example', port: 3307, user: 'grace', password: 'secret', database: 'shop', ssl: verified },
    ],
    ['mysql://root@127.0.0.1/test', { host: '127.0.0.1', user: 'root', database: 'test' }],
    ['mysql://[::1]:3307/test', { host: '::1', port: 3307, database: 'test' }],
    ['mysql://db', { host: 'db', ssl: verified }],
    ['mysql://db/', { host: 'db', ssl: verified }],
    ['mysql:///test', { database: 'test' }],
    [
      'mysql://a%40b:p%3A%2F%25@db/h%C3%B6pper',
      { host: 'db', user: 'a@b', password: 'p:/%', database: 'höpper', ssl: verified },
    ],
    [
      'mysql://root@localhost/test?socket=/run/my%20sql.sock',
      { user: 'root', database: 'test', socketPath: '/run/my sql.sock' },
    ],
    [
      'mysql://db/test?ssl={"ca":"x","rejectUnauthorized":false}',
      { host: 'db', database: 'test', ssl: { ...verified, ca: 'x', rejectUnauthorized: false } },
    ],
    ['mysql://db/test?ssl-mode=DISABLED', { host: 'db', database: 'test' }],
    ['mysql://10.0.0.1/test?ssl-mode=disabled', { host: '10.0.0.1', database: 'test' }],
    [
      'mysql://10.0.0.1/test?ssl-mode=REQUIRED',
      { host: '10.0.0.1', database: 'test', ssl: { rejectUnauthorized: false, verifyIdentity: false } },
    ],
    [
      'mysql://127.0.0.1/test?ssl={}',
      { host: '127.0.0.1', database: 'test', ssl: { rejectUnauthorized: true, verifyIdentity: false } },
    ],
    [
      'mysql://grace:a,b@db1:3307,db2/shop',
      {
        host: 'db1',
        port: 3307,
        hosts: [
          { host: 'db1', port: 3307 },
          { host: 'db2', port: 3306 },
        ],
        user: 'grace',
        password: 'a,b',
        database: 'shop',
        ssl: verified,
      },
    ],
    [
      'mysql://[::1]:3307,127.0.0.1,[::1]/test',
      {
        host: '::1',
        port: 3307,
        hosts: [
          { host: '::1', port: 3307 },
          { host: '127.0.0.1', port: 3306 },
          { host: '::1', port: 3306 },
        ],
        database: 'test',
      },
    ],
  ];
  for (const [url, options] of urls) {
    it(`parses ${url}`, () => {
      expect(parseMysqlUrl(url)).to.deep.equal({ connection: { ...defaults, ...options }, values: {} });
    });
  }

  it('reads the files of certificates and keys', async () => {
    const authority = await makeAuthority();
    const { certificate, key, pem } = await authority.issue('client');
    const url = `mysql://db/test?ssl-ca=${authority.ca}&ssl-cert=${certificate}&ssl-key=${key}`;
    const ssl = { ...verified, ca: readFileSync(authority.ca, 'utf8'), cert: pem.certificate, key: pem.key };
    expect(parseMysqlUrl(url).connection).to.deep.equal({ ...defaults, host: 'db', database: 'test', ssl });
    expect(() => parseMysqlUrl(`mysql://db/test?ssl-ca=${key}`)).to.throw(`${key}: not a certificate in PEM`);
    expect(() => parseMysqlUrl(`mysql://db/test?ssl-key=${certificate}`)).to.throw('not a private key in PEM');
    await authority.remove();
  });

  it('parses the value options', () => {
    const url = 'mysql://db/test?nulls=empty&socket=/s&bigints=string&decimals=double&dates=iso8601&compression=off';
    expect(parseMysqlUrl(url)).to.deep.equal({
      connection: { ...defaults, host: 'db', database: 'test', socketPath: '/s' },
      values: { nulls: 'empty', bigints: 'string', decimals: 'double', dates: 'iso8601', compression: 'off' },
    });
  });

  for (const [value, autocommit] of [
    ['0', false],
    ['false', false],
    ['1', true],
    ['true', true],
  ] as const) {
    it(`parses autocommit=${value}`, () => {
      expect(parseMysqlUrl(`mysql://db/test?autocommit=${value}`)).to.include({ autocommit });
    });
  }

  const wrong: readonly (readonly [string, string, string])[] = [
    ['an unknown value of rows', 'mysql://db/test?rows=matched', 'parameter rows must be found or changed'],
    ['an unknown value of compression', 'mysql://db/test?compression=no', 'parameter compression must be on or off'],
    ['an unknown value of autocommit', 'mysql://db/test?autocommit=off', 'parameter autocommit must be true or false'],
    ['another scheme', 'postgres://grace:secret@db/shop', 'database URL must start with mysql://'],
    [
      'an address without an ssl-mode',
      'mysql://grace:secret@10.0.0.1/shop',
      'cannot verify the certificate of a server given by address: use its host name, or set ssl-mode',
    ],
    [
      'an unknown ssl-mode',
      'mysql://grace:secret@db/shop?ssl-mode=yes',
      'parameter ssl-mode must be one of DISABLED, REQUIRED, VERIFY_CA',
    ],
    ['a missing file', 'mysql://grace:secret@db/shop?ssl-ca=/none', 'parameter ssl-ca: /none: no such file'],
    ['a file that is not in PEM', 'mysql://db/shop?ssl-ca=/dev/null', 'parameter ssl-ca: /dev/null: not a certificate'],
    [
      'an address among several hosts, without an ssl-mode',
      'mysql://grace:secret@localhost,10.0.0.1/shop',
      'cannot verify the certificate of a server given by address: use its host name, or set ssl-mode',
    ],
    ['an empty host among several', 'mysql://grace:secret@db1,,db2/shop', 'empty host in the database URL'],
    ['a second port that is not a number', 'mysql://grace:secret@db1,db2:port/shop', 'malformed database URL'],
    [
      'several hosts and a socket',
      'mysql://grace:secret@db1,db2/shop?socket=/run/mysqld.sock',
      'several hosts and the parameter socket are mutually exclusive',
    ],
    ['a bare name', 'shop', 'database URL must start with mysql://'],
    ['a port that is not a number', 'mysql://grace:secret@db:port/shop', 'malformed database URL'],
    ['a port beyond 65535', 'mysql://grace:secret@db:65536/shop', 'malformed database URL'],
    ['two databases', 'mysql://grace:secret@db/shop/toys', 'database name in the URL must not contain a slash'],
    ...[
      'secret#1',
      '1#secret',
      'secret/1',
      '1/secret',
      '1/secret/2',
      'secret?1',
      '1?secret',
      '1?secret=2',
      'a@1/secret',
    ]
      .flatMap((password) => [`${password}@db/shop`, `${password}@db`, `${password}@db1,db2/shop`])
      .map((rest) => ['an unescaped character in a password', `mysql://grace:${rest}`, 'escape # as %23'] as const),
    ['a fragment', 'mysql://grace:secret@db/shop#1', 'escape # as %23'],
    ['a malformed escape', 'mysql://grace:secret%zz@db/shop', 'malformed escape in the database URL'],
    ['ssl that is a list', 'mysql://grace:secret@db/shop?ssl=[]', 'parameter ssl must be a JSON object'],
    ['an unknown parameter', 'mysql://grace:secret@db/shop?charset=utf8', 'unknown parameter "charset"'],
    ['ssl that is not JSON', 'mysql://grace:secret@db/shop?ssl=yes', 'parameter ssl must be a JSON object'],
    ['ssl that is not an object', 'mysql://grace:secret@db/shop?ssl=true', 'parameter ssl must be a JSON object'],
    [
      'an unknown value of an option',
      'mysql://grace:secret@db/shop?nulls=none',
      'parameter nulls must be nil or empty',
    ],
    ['ssl that is null', 'mysql://grace:secret@db/shop?ssl=null', 'parameter ssl must be a JSON object'],
  ];
  for (const [what, url, message] of wrong) {
    it(`rejects ${what} (${url}) without revealing the password`, () => {
      expect(() => parseMysqlUrl(url))
        .to.throw(TypeError, message)
        .with.property('message')
        .that.does.not.contain('secret');
    });
  }
});

describe('maskMysqlUrl', () => {
  for (const [url, masked] of [
    ['mysql://grace:secret@db/shop?nulls=empty', 'mysql://grace:***@db/shop?nulls=empty'],
    ['mysql://grace:secret@db1:3307,db2,[::1]:1/shop', 'mysql://grace:***@db1:3307,db2,[::1]:1/shop'],
    ['mysql://grace@db/shop?ssl={"key":"secret"}', 'mysql://grace@db/shop?ssl=%7B%7D'],
    ['mysql:///shop', 'mysql:///shop'],
  ] as const) {
    it(`masks the secrets of ${url}`, () => {
      expect(maskMysqlUrl(url)).to.equal(masked);
    });
  }
});
