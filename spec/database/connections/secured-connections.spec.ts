import { expect } from 'chai';
import type { StartFailure } from '#lib/server/configuration/problems.js';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { call } from '../../support/client.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { TcpServer } from '../../support/tcp-server.js';
import { perServer } from '../../support/test-server.js';

describe('connections to MySQL', () => {
  let authority: Certificates;
  let stranger: Certificates;
  const servers: TcpServer[] = [];
  /** The addresses of the listeners. */
  let [port, misnamed, plain] = [0, 0, 0];

  before(async function () {
    testDatabase(this);
    authority = await makeAuthority();
    stranger = await makeAuthority();
    const portOf = async (flags: readonly string[]) => {
      const server = await TcpServer.prepare(flags);
      servers.push(server);
      await server.start();
      return server.port;
    };
    const tls = async (name: string) => {
      const { certificate, key } = await authority.issue(name);
      return [`--ssl-ca=${authority.ca}`, `--ssl-cert=${certificate}`, `--ssl-key=${key}`];
    };
    [port, misnamed, plain] = await Promise.all([
      portOf(await tls('localhost')),
      portOf(await tls('elsewhere')),
      portOf(perServer({ MariaDB: ['--skip-ssl'], MySQL: ['--tls-version='] })),
    ]);
  });

  after(async () => {
    await Promise.all([...servers, authority, stranger].map((made) => made?.remove()));
  });

  const url = (parameters: string, host = 'localhost', at = port) => `mysql://root@${host}:${at}/test?${parameters}`;

  async function cipher(database: string): Promise<unknown> {
    const netsvc = await RunningServer.start(['--database', database]);
    const [[, name] = []] = (await call(netsvc.url, 'execute', "show status like 'Ssl_cipher'")) as string[][];
    await netsvc.stop();
    return name;
  }

  function refusal(database: string): Promise<string> {
    return RunningServer.start(['--database', database]).then(
      () => expect.fail('it was let in'),
      (error: StartFailure) => error.message,
    );
  }

  it('are encrypted and verified if the URL says so', async () => {
    expect(await cipher(url(`ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority.ca}`))).to.match(/^TLS_/);
    expect(await cipher(url(`ssl-ca=${authority.ca}`))).to.match(/^TLS_/);
  });

  it('are encrypted, but not verified, with ssl-mode=REQUIRED', async () => {
    expect(await cipher(url('ssl-mode=REQUIRED', '127.0.0.1'))).to.match(/^TLS_/);
  });

  it('are unencrypted on this machine, or with ssl-mode=DISABLED', async () => {
    expect(await cipher(url(''))).to.equal('');
    expect(await cipher(url(`ssl-mode=DISABLED&ssl-ca=${authority.ca}`))).to.equal('');
  });

  it('fail if the certificate is not from a trusted CA', async () => {
    const error = await refusal(url(`ssl-ca=${stranger.ca}`));
    expect(error).to.match(/^database database: SSL connection error: .*certificate.* \(set ssl-ca=FILE in the URL/);
    expect(await refusal(url('ssl-mode=VERIFY_CA'))).to.contain('SSL connection error');
  });

  it('fail if the certificate is for another name', async () => {
    const verified = `ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority.ca}`;
    expect(await refusal(url(verified, 'localhost', misnamed))).to.match(/SSL connection error: .*localhost/);
  });

  it('fail if the server does not support TLS', async () => {
    expect(await refusal(url('ssl-mode=REQUIRED', 'localhost', plain))).to.contain(
      'SSL connection error: Server does not support secure connection (set ssl-ca=FILE in the URL',
    );
  });
});
