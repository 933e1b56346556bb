import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { type Expat, forExpat, isDecided } from './expat.js';
import { mutatedBody } from './mutations.js';
import { Random } from './random.js';

/** The maximum time of a response, in milliseconds. */
const DEADLINE = 5000;
const AT_ONCE = 16;

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** Endpoints that accept calls of any method. */
  readonly urls: readonly string[];
  readonly expat: Expat | undefined;
}

export interface FuzzReport {
  /** The number of responses by kind: result, fault code, or status. */
  readonly answers: ReadonlyMap<string, number>;
  /** The time of the slowest response, in milliseconds. */
  readonly slowest: number;
  /** The findings, each with what is needed to reproduce it. */
  readonly failures: readonly string[];
}

/** Sends mutated requests and collects the responses. The same seed sends the same requests. */
export async function fuzz({ count, seed, urls, expat }: FuzzOptions): Promise<FuzzReport> {
  const answers = new Map<string, number>();
  const failures: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let slowest = 0;
  let next = 0;
  const worker = async () => {
    while (next < count && failures.length < 10) {
      const number = next++;
      const random = new Random(seed + number);
      const url = random.pick(urls);
      const body = mutatedBody(random);
      const started = performance.now();
      const sent = random.chance(10) ? sendBroken(url, body, random) : send(url, body, random, agent);
      const answer = await sent.catch((error: Error) => `no answer: ${error.message}`);
      const took = performance.now() - started;
      slowest = Math.max(slowest, took);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      const complaint = verdictOf(answer, took) ?? (await disagreement(body, expat));
      if (complaint)
        failures.push(
          `${complaint} (seed ${seed + number}): ${JSON.stringify(body.toString('latin1').slice(0, 2000))}`,
        );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
  return { answers, slowest, failures };
}

function verdictOf(answer: string, took: number): string | undefined {
  if (!/^(result|fault \d+|4\d\d|closed)$/.test(answer)) return answer;
  return took > DEADLINE ? `answered after ${Math.round(took)} ms` : undefined;
}

/** Sends a body on a persistent connection, with a length or in chunks, and returns the response. */
function send(url: string, body: Buffer, random: Random, agent: Agent): Promise<string> {
  const charset = random.chance(10)
    ? `; charset=${random.pick(['utf-8', 'us-ascii', 'utf-16', '"iso-8859-1"', 'x'])}`
    : '';
  const chunked = random.chance(3);
  const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': body.length };
  const sent = request(url, { method: 'POST', agent, headers: { 'Content-Type': `text/xml${charset}`, ...length } });
  for (let start = 0; chunked && start < body.length; ) {
    const end = start + 1 + random.below(body.length);
    sent.write(body.subarray(start, end));
    start = end;
  }
  sent.end(chunked ? undefined : body);
  return new Promise((resolve, reject) => {
    sent.setTimeout(2 * DEADLINE, () => sent.destroy(new Error('timed out')));
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject).on('end', () => resolve(answerOf(response.statusCode ?? 0, text)));
    });
  });
}

/** Sends a request with a mutated head on a connection of its own. */
function sendBroken(url: string, body: Buffer, random: Random): Promise<string> {
  const { port, pathname } = new URL(url);
  const head = Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}` +
      `\r\nConnection: close\r\n\r\n`,
  );
  for (let i = random.below(4); i >= 0; i--)
    head[random.below(head.length)] = random.pick([0, 10, 13, 32, 58, 65, 48, 0xff]);
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  socket.end(Buffer.concat([head, body]));
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(2 * DEADLINE, () => socket.destroy(new Error('timed out')));
    // The server may have closed the connection before all was sent.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? done() : reject(error),
    );
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    const done = () => {
      const [, status, answer = ''] = /^HTTP\/1\.1 (\d+) .*?\r\n\r\n(.*)$/s.exec(text) ?? [];
      resolve(status === undefined ? 'closed' : answerOf(Number(status), answer));
    };
    socket.on('end', done);
  });
}

function answerOf(status: number, text: string): string {
  if (status !== 200) return String(status);
  if (!text.endsWith('</methodResponse>')) return `an answer that ends with ${JSON.stringify(text.slice(-40))}`;
  const [, code] = /<name>faultCode<\/name><value><int>(\d+)<\/int>/.exec(text) ?? [];
  return text.includes('<methodResponse><fault>') ? `fault ${code}` : 'result';
}

/**
 * Whether the decoder and Python's parser disagree on whether a document is well-formed. Whether it is a call does not
 * matter.
 */
async function disagreement(body: Buffer, expat: Expat | undefined): Promise<string | undefined> {
  if (expat === undefined) return undefined;
  const verdict = decoded(body);
  if (isDecided(body, verdict)) return undefined;
  const wellFormed = await expat.isWellFormed(forExpat(body));
  if (verdict === 'call' && !wellFormed) return "is a call, though Python's parser finds it is not well-formed";
  if (verdict.startsWith('malformed') && wellFormed)
    return `is ${verdict}, though Python's parser finds it well-formed`;
  return undefined;
}

function decoded(body: Buffer): string {
  const decoder = new CallDecoder();
  try {
    decoder.write(body);
    decoder.end();
    return 'call';
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
    return `${error.cause === undefined ? 'no call' : 'malformed'}: ${error.message}`;
  }
}
