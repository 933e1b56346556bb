import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { callBody } from '../support/call-body.js';

export interface Sender {
  readonly url: string;
  /** `user:password`; none for a stranger. */
  readonly login?: string;
  /** The address of the client, one of the loopback network. */
  readonly address: string;
}

export interface Sent {
  readonly request: ClientRequest;
  /** The status and the faultCode, or the error of the connection. */
  readonly outcome: Promise<string>;
  readonly body: Promise<string>;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** The response is not read. */
  readonly unread?: boolean;
}

/** A large document that is sent many times, compressed once. */
export class Compressed {
  static readonly #all: Compressed[] = [];
  readonly #document: () => string | Buffer;
  #bytes: Buffer | undefined;

  constructor(document: () => string | Buffer) {
    this.#document = document;
    Compressed.#all.push(this);
  }

  /** Compresses all documents, which takes as long as some attacks. */
  static prepareAll(): void {
    for (const { bytes } of Compressed.#all) if (bytes.length === 0) throw new Error('a document is empty');
  }

  get bytes(): Buffer {
    this.#bytes ??= gzipSync(this.#document(), { level: 1 });
    return this.#bytes;
  }
}

/** Sends a document, on a connection of its own. Nothing rejects. */
export function send(
  { url, login, address }: Sender,
  path: string,
  document: string | Buffer | Compressed,
  { headers = {}, unread = false }: SendOptions = {},
): Sent {
  const compressed = document instanceof Compressed;
  const body = compressed ? document.bytes : Buffer.from(document);
  const sent = request(new URL(path, url), {
    method: 'POST',
    agent: false,
    localAddress: address,
    headers: {
      'Content-Type': 'text/xml',
      'Content-Length': String(body.length),
      ...(compressed ? { 'Content-Encoding': 'gzip' } : {}),
      ...(login === undefined ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
      ...headers,
    },
  });
  const answered = new Promise<{ status: string; text: string }>((resolve) => {
    sent.on('error', (error: NodeJS.ErrnoException) => resolve({ status: error.code ?? error.message, text: '' }));
    sent.on('close', () => resolve({ status: 'closed', text: '' }));
    sent.on('response', (response) => {
      response.on('error', () => resolve({ status: 'broken off', text: '' }));
      if (unread) response.pause();
      else void textOf(response).then((text) => resolve({ status: String(response.statusCode), text }));
    });
  });
  sent.end(body);
  return {
    request: sent,
    body: answered.then(({ text }) => text),
    outcome: answered.then(({ status, text }) => {
      const [, fault] = /<fault>.*?<int>(-?\d+)<\/int>/s.exec(text) ?? [];
      return fault === undefined ? status : `fault ${fault}`;
    }),
  };
}

/** Returns the start of a response, and drops the rest. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('latin1')) if (text.length < 65_536) text += chunk;
  } catch {
    return '';
  }
  return text;
}

/** Makes a call, and returns its outcome. */
export function call(sender: Sender, path: string, method: string, ...params: unknown[]): Promise<string> {
  return send(sender, path, callBody(method, params)).outcome;
}

/** Opens a session. Returns its path; undefined if it was refused. */
export async function open(sender: Sender, path: string, timeout: number): Promise<string | undefined> {
  const text = await send(sender, path, callBody('cursor', [timeout])).body;
  const [, id] = /<params>.*?<string>([^<]+)<\/string>/s.exec(text) ?? [];
  return id === undefined ? undefined : `${path}/${id}`;
}
