import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpQuestion {
  readonly method?: string;
  /** In place of the one in the URL, without normalisation. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends an HTTP request; by default a POST with an XML type. */
export async function ask(url: string, question: HttpQuestion): Promise<HttpAnswer> {
  const { status, headers, bytes } = await askBytes(url, question);
  return { status, headers, body: bytes.toString('utf8') };
}

/** The same, with the bytes of the response. */
export async function askBytes(
  url: string,
  { method = 'POST', path, headers, body = '' }: HttpQuestion,
): Promise<{ status: number; headers: IncomingHttpHeaders; bytes: Buffer }> {
  const length = String(Buffer.byteLength(body));
  const sent = request(url, {
    ...(path === undefined ? {} : { path }),
    method,
    headers: headers ?? { 'Content-Type': 'text/xml', 'Content-Length': length },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) };
}

/** Sends bytes and returns the response, until the server closes the connection or `enough` has been received. */
export async function converse(
  url: string,
  text: string | Buffer,
  enough?: { test(answer: string): boolean },
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    answer += chunk;
    if (enough?.test(answer)) break;
  }
  socket.destroy();
  return answer;
}

/** Returns a POST request of a document, as it is sent. */
export function postOf(url: string, body: string): string {
  const head = `POST ${new URL(url).pathname} HTTP/1.1\r\nContent-Type: text/xml\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Posts a document, and resets the connection at the first byte of the response. */
export async function hangUp(url: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(postOf(url, body));
  await once(socket, 'readable');
  socket.resetAndDestroy();
}

/** Sends bytes, closes the writing side, and returns all that the server sends. */
export async function converseHalfClosed(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.end(text);
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  socket.destroy();
  return answer;
}
