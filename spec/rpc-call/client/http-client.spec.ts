import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { BrokenOff, HttpError } from '#lib/rpc-call/client/command-errors.js';
import { HttpClient } from '#lib/rpc-call/client/http-client.js';
import { RpcEndpoint } from '#lib/rpc-call/client/rpc-endpoint.js';
import { makeAuthority } from '../../support/certificates.js';
import { run } from '../../support/netsvc-process.js';

const { signal } = new AbortController();

describe('HttpClient', () => {
  let server: Server;
  let client: HttpClient;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let sockets: Socket[];

  const urlOf = (host: string) => new URL(`http://${host}:${(server.address() as AddressInfo).port}/database`);

  beforeEach(async () => {
    sockets = [];
    server = createServer((request, response) => answer(request, response));
    server.on('connection', (socket) => sockets.push(socket));
    await once(server.listen(0, '0.0.0.0'), 'listening');
    client = new HttpClient(urlOf('127.0.0.1'), 'Basic x');
  });

  afterEach(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });

  it('sends requests with a length and the login, on one connection', async () => {
    answer = async (request, response) => {
      const { headers, method, url } = request;
      const sent = [method, url, headers['content-type'], headers['content-length'], headers.authorization];
      response.end(JSON.stringify([...sent, headers['accept-encoding'], await text(request)]));
    };
    for (const body of ['first', 'second']) {
      const sent = JSON.parse(await text(await client.post('/path', body, signal))) as unknown[];
      expect(sent).to.deep.equal(['POST', '/path', 'text/xml', String(body.length), 'Basic x', null, body]);
    }
    expect(sockets).to.have.lengthOf(1);
  });

  it('accepts compressed responses of other machines', async () => {
    answer = ({ headers }, response) => {
      expect(headers['accept-encoding']).to.equal('gzip');
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('compressed'));
    };
    const remote = new HttpClient(urlOf('0.0.0.0'), undefined);
    expect(await text(await remote.post('/', '', signal))).to.equal('compressed');
    remote.close();
  });

  const errors: [string, string, string, string][] = [
    ['a body', 'Not Found', 'The endpoint does not exist.\n', 'HTTP 404 Not Found: The endpoint does not exist.'],
    ['a body that repeats the reason', 'Session closed', 'Session closed.\n', 'HTTP 404 Session closed'],
    ['no body', 'Not Found', '', 'HTTP 404 Not Found'],
    [
      'a page',
      'Bad Gateway',
      '<html><head><title>502</title><style>p {}</style></head>\n<body><h1>Bad</h1><p>No upstream</body></html>',
      'HTTP 404 Bad Gateway: Bad No upstream',
    ],
    ['a long body', 'Not Found', 'x'.repeat(1000), `HTTP 404 Not Found: ${'x'.repeat(300)}...`],
  ];
  for (const [what, reason, body, message] of errors) {
    it(`throws an HTTP error with ${what}`, async () => {
      answer = (_, response) => response.writeHead(404, reason).end(body);
      const error: unknown = await client.post('/', '', signal).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(HttpError).with.property('message', message);
    });
  }

  it('resets the connection of a request that is aborted', async () => {
    let resolve = () => {};
    const arrived = new Promise<void>((settle) => {
      resolve = settle;
    });
    answer = () => resolve();
    const abort = new AbortController();
    const posted = client.post('/', '', abort.signal).catch((thrown: unknown) => thrown);
    await arrived;
    const closed = new Promise((resolve_) => sockets[0]?.once('error', resolve_));
    abort.abort(new Error('stop'));
    expect(await posted).to.have.property('message', 'stop');
    expect(await closed).to.have.property('code', 'ECONNRESET');
    const later: unknown = await client.post('/', '', abort.signal).catch((thrown: unknown) => thrown);
    expect(later).to.have.property('message', 'stop');
  });

  it('tells a response that breaks off', async () => {
    answer = (_, response) => {
      response.writeHead(200).write('<?xml version="1.0"?><methodResponse>');
      setImmediate(() => response.destroy());
    };
    const error: unknown = await new RpcEndpoint(client, '/').call('m', [], signal).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(BrokenOff);
  });

  it('says that a server does not use TLS', async () => {
    const { status, stderr } = await run('rpc-call', [urlOf('127.0.0.1').href.replace('http:', 'https:'), 'm']);
    expect([status, stderr]).to.deep.equal([3, 'rpc-call: wrong version number: the server does not use TLS\n']);
  });

  it('verifies certificates', async () => {
    const authority = await makeAuthority();
    const { pem } = await authority.issue('localhost');
    const secure = createSecureServer({ cert: pem.certificate, key: pem.key }, (_, response) => {
      const fault =
        '<fault><value><struct><member><name>faultCode</name><value><int>5</int></value></member></struct></value></fault>';
      response.end(`<methodResponse>${fault}</methodResponse>`);
    });
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
    const { status, stderr } = await run('rpc-call', [url, '--sql', 'x']);
    expect(status).to.equal(3);
    expect(stderr).to.match(/^rpc-call: .*certificate.* \(NODE_EXTRA_CA_CERTS=FILE adds a CA\)\n$/);
    expect(await run('rpc-call', [url, '--sql', 'x'], { NODE_EXTRA_CA_CERTS: authority.ca })).to.deep.equal({
      status: 1,
      stdout: '',
      stderr: 'fault 5: \n',
    });
    secure.close();
    await authority.remove();
  });
});
