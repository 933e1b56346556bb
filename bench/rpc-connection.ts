import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n');
/** The number of bytes that are kept of the end of a response: enough for the last chunk and the closing tags. */
const TAIL = 256;

/** The response to a call. */
export interface Answer {
  /** All of a short response, the end of a long one. */
  readonly text: string;
  /** In bytes, including the head. */
  readonly length: number;
  /** Milliseconds until the first byte. */
  readonly firstByte: number;
}

/** Returns the document of a call in the form of Python's client. */
export function callOf(method: string, ...params: string[]): string {
  const all = params.map((param) => `<param>\n<value>${param}</value>\n</param>\n`).join('');
  return (
    `<?xml version='1.0'?>\n<methodCall>\n<methodName>${method}</methodName>\n<params>\n${all}</params>\n` +
    `</methodCall>\n`
  );
}

export const text = (value: string) => `<string>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</string>`;
export const int = (value: number) => `<int>${value}</int>`;
export const array = (...values: string[]) =>
  `<array><data>${values.map((value) => `<value>${value}</value>`).join('')}</data></array>`;

const member = (name: string, value: string) => `<member><name>${name}</name><value>${value}</value></member>`;

/** A call in a list of calls. */
export function callIn(method: string, ...params: string[]): string {
  return `<struct>${member('methodName', text(method))}${member('params', array(...params))}</struct>`;
}

/** A persistent connection with the least possible overhead in the client. */
export class RpcConnection {
  readonly #socket: Socket;
  /** The headers that are the same in each request. */
  readonly #headers: string;
  #head = '';
  #first: Buffer[] = [];
  #length = 0;
  #expected: number | 'chunked' | undefined;
  #sent = 0;
  #firstByte = 0;
  #tail: Buffer = Buffer.alloc(0);
  #done: ((answer: Answer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, headers: string) {
    this.#socket = socket;
    this.#headers = headers;
    socket.setNoDelay();
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the connection was closed')));
  }

  static async open(url: string): Promise<RpcConnection> {
    const { hostname, port, host, username, password } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const credentials = Buffer.from(`${username}:${password}`).toString('base64');
    const authorization = username === '' ? '' : `Authorization: Basic ${credentials}\r\n`;
    return new RpcConnection(socket, `Host: ${host}\r\n${authorization}Content-Type: text/xml\r\n`);
  }

  /** @throws if the response is not XML-RPC or a fault */
  call(path: string, body: string): Promise<Answer> {
    const length = Buffer.byteLength(body);
    this.#socket.write(`POST ${path} HTTP/1.1\r\n${this.#headers}Content-Length: ${length}\r\n\r\n${body}`);
    this.#sent = performance.now();
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#length === 0) this.#firstByte = performance.now() - this.#sent;
    this.#length += chunk.length;
    this.#tail = chunk.length >= TAIL ? chunk : Buffer.concat([this.#tail.subarray(-TAIL), chunk]);
    if (this.#expected === undefined) this.#readHead(chunk);
    if (this.#expected === 'chunked' ? this.#tail.subarray(-7).equals(CHUNKED_END) : this.#length === this.#expected) {
      this.#end();
    }
  }

  #readHead(chunk: Buffer): void {
    this.#first.push(chunk);
    const bytes = this.#first.length === 1 ? chunk : Buffer.concat(this.#first);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return;
    this.#head = bytes.toString('latin1', 0, end);
    const [, length] = /content-length: (\d+)/i.exec(this.#head) ?? [];
    this.#expected = length === undefined ? 'chunked' : end + HEAD_END.length + Number(length);
  }

  #end(): void {
    const bytes = this.#length <= 64 * 1024 ? Buffer.concat([...this.#first.slice(0, -1), this.#tail]) : this.#tail;
    const answer = { text: bytes.toString('utf8'), length: this.#length, firstByte: this.#firstByte };
    const [done, failed] = [this.#done, this.#failed];
    const bad = !this.#head.startsWith('HTTP/1.1 200') || answer.text.includes('<fault>');
    this.#length = 0;
    this.#first = [];
    this.#tail = Buffer.alloc(0);
    this.#expected = undefined;
    this.#failed = undefined;
    if (bad) failed?.(new Error(answer.text));
    else done?.(answer);
  }
}

/** The id that `cursor` returned. */
export function idIn({ text }: Answer): string {
  const [, id] = /<string>([^<]*)<\/string>/.exec(text) ?? [];
  if (id === undefined) throw new Error(`no id: ${text}`);
  return id;
}
