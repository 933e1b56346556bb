import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type Service, ServiceRequest, Session } from '#lib/index.js';
import { StreamedValue } from '#lib/xmlrpc/streamed-value.js';

export const PIECE = 64 * 1024;
export const WHOLE = `<value><string>${'x'.repeat(10 * PIECE)}</string></value>`;
export const ANSWER = `<?xml version="1.0"?><methodResponse><params><param>${WHOLE}</param></params></methodResponse>`;

/** A session whose methods return streamed values. */
export class Teller extends Session {
  made = 0;
  /** Pieces of all responses that were made in a turn of the event loop, and the maximum. */
  static inTurn = 0;
  static most = 0;
  ended = false;
  /** Calls of the value's callback. */
  ends = 0;
  /** Before the value is returned. */
  delay: Promise<void> | undefined;
  aborted = false;
  fail = false;
  /** Milliseconds before it begins. */
  pause = 0;

  constructor(parent: Service) {
    super(parent, 60, new ServiceRequest('', ''));
    this.exportMethod(this.tell);
    this.exportMethod(this.made_, 'made');
  }

  /** @param count of pieces */
  tell(count: string): StreamedValue | Promise<StreamedValue> {
    const value = new StreamedValue(this.#pieces(Number(count)), () => {
      this.ends++;
    });
    this.currentRequest.onAbort(() => {
      this.aborted = true;
    });
    return this.delay?.then(() => value) ?? value;
  }

  static count(): void {
    if (Teller.inTurn++ === 0) {
      setImmediate(() => {
        Teller.inTurn = 0;
      });
    }
    Teller.most = Math.max(Teller.most, Teller.inTurn);
  }

  made_(): number {
    return this.made;
  }

  async *#pieces(count: number): AsyncGenerator<Buffer> {
    try {
      if (this.pause > 0) await setTimeout(this.pause);
      yield Buffer.from('<value><string>');
      for (let i = 0; i < count; i++) {
        this.made++;
        Teller.count();
        yield Buffer.alloc(PIECE, 'x');
      }
      if (this.fail) throw new Error('broken');
      yield Buffer.from('</string></value>');
    } finally {
      this.ended = true;
    }
  }
}

/** Reads until what has arrived ends as `enough` says. */
export async function readUntil(socket: Socket, enough: RegExp): Promise<string> {
  const chunks: Buffer[] = [];
  let end = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    end = (end + chunk.subarray(-30).toString('latin1')).slice(-30);
    if (enough.test(end)) break;
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** The body of a chunked response. */
export function unchunked(answer: string): string {
  let at = answer.indexOf('\r\n\r\n') + 4;
  let body = '';
  for (;;) {
    const lineEnd = answer.indexOf('\r\n', at);
    const length = Number.parseInt(answer.slice(at, lineEnd), 16);
    if (length === 0) return body;
    body += answer.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
}

/** Waits until a number has stopped growing. */
export async function stalled(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); await setTimeout(200)) before = count();
}
