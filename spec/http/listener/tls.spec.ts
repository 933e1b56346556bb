import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { HttpDaemon, type HttpDaemonOptions, RpcGateway, ServiceRegistry, type TlsOptions } from '#lib/index.js';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { Echo } from '../../support/echo.js';
import { until } from '../../support/until.js';
import { post } from '../raw-request.js';

const ANSWERED = /<string>x<\/string>.*<\/methodResponse>$/s;

describe('a daemon with TLS', () => {
  let authority: Certificates;
  let localhost: { readonly pem: TlsOptions };
  let daemon: HttpDaemon;
  let port: number;

  before(async () => {
    authority = await makeAuthority();
    localhost = await authority.issue('localhost');
  });

  after(() => authority.remove());

  afterEach(() => daemon.stop());

  async function start(options: HttpDaemonOptions = {}): Promise<void> {
    const registry = new ServiceRegistry();
    new Echo(registry);
    daemon = new HttpDaemon({ port: 0, tls: localhost.pem, ...options });
    daemon.attach('/', new RpcGateway('', { registry }));
    port = (await daemon.start()).port;
  }

  async function connected(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    return socket;
  }

  async function answer(socket: TLSSocket): Promise<string> {
    socket.setEncoding('utf8').write(post('/echo'));
    let received = '';
    while (!ANSWERED.test(received)) received += (await once(socket, 'data'))[0];
    return received;
  }

  it('answers clients that trust its CA', async () => {
    await start();
    const socket = await connected({ ca: await readFile(authority.ca), rejectUnauthorized: true });
    expect(await answer(socket)).to.match(ANSWERED);
    socket.destroy();
  });

  it('replaces its certificate while connections remain open', async () => {
    await start();
    const before = await connected();
    expect(before.getPeerCertificate().subject.CN).to.equal('localhost');
    daemon.replaceCertificate((await authority.issue('other')).pem);
    const after = await connected();
    expect(after.getPeerCertificate().subject.CN).to.equal('other');
    expect(await answer(before)).to.match(ANSWERED);
    for (const socket of [before, after]) socket.destroy();
  });

  it('keeps its certificate if the new one does not match its key', async () => {
    await start();
    const other = await authority.issue('other');
    expect(() => daemon.replaceCertificate({ ...localhost.pem, key: other.pem.key })).to.throw(/key values mismatch/);
    const socket = await connected();
    expect(socket.getPeerCertificate().subject.CN).to.equal('localhost');
    socket.destroy();
  });

  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

  it('does not accept TLS 1.0', async () => {
    await start();
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...old });
    const [error] = await once(socket, 'error');
    expect(error.code).to.equal('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it('accepts TLS 1.0 if configured', async () => {
    await start({ tls: { ...localhost.pem, minVersion: 'TLSv1' } });
    const socket = await connected(old);
    expect(socket.getProtocol()).to.equal('TLSv1');
    expect(await answer(socket)).to.match(ANSWERED);
    socket.destroy();
  });

  it('closes connections without TLS, and answers others', async () => {
    await start();
    const plain = connectPlain(port, '127.0.0.1');
    plain.on('error', () => {});
    plain.write(post('/echo'));
    await once(plain.resume(), 'close');
    const socket = await connected();
    expect(await answer(socket)).to.match(ANSWERED);
    socket.destroy();
  });

  it('closes connections whose handshake does not end in time', async () => {
    await start({ headersTimeout: 0.05 });
    const silent = connectPlain(port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent.resume(), 'close');
  });

  it('can be stopped during a handshake', async () => {
    await start();
    const silent = connectPlain(port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    let closed = false;
    silent.resume().on('close', () => {
      closed = true;
    });
    const socket = await connected();
    await daemon.stop();
    await until(() => closed);
    socket.destroy();
  });
});
