import type { IncomingHttpHeaders } from 'node:http';

/** The head of an HTTP request, as a servlet gets it: the body is still to come. */
export interface RequestHead {
  readonly method: string;
  /** Below the servlet's attach path, percent-decoded, without leading and trailing slashes. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Numeric. */
  readonly remoteAddress: string;
}

/** A body that is made while it is sent. */
export interface StreamedBody {
  readonly pieces: AsyncIterable<Buffer>;
  /** What to answer instead when making it fails before anything has been sent. Later, the connection is cut. */
  fail(error: unknown): WholeReply;
}

/** What stands before a body. */
export interface ReplyHead {
  readonly status: number;
  /** The Content-Type. */
  readonly type: string;
  /** Headers beyond the type and the length. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WholeReply extends ReplyHead {
  readonly body: string | readonly Buffer[];
}

export interface StreamedReply extends ReplyHead {
  readonly body: StreamedBody;
}

export type Reply = WholeReply | StreamedReply;

export function isStreamed(reply: Reply): reply is StreamedReply {
  return typeof reply.body === 'object' && 'pieces' in reply.body;
}

/** Takes a request's body as it arrives and answers at its end. */
export interface Receiver {
  /** @returns a reply if the request needs no more of its body to be refused */
  write(chunk: Buffer): WholeReply | undefined;
  end(): Reply | Promise<Reply>;
  /** The body cannot be read to its end, and `reason` says why. */
  fail(reason: string): WholeReply;
  /** Nobody waits for the reply any more, or it must be given now: `reason` says which. */
  abort(reason: Error): void;
  /** The reply has left, or never will. Called once, after everything else. */
  close(): void;
}

/** A refusal, or who takes the body. */
export type Reception = WholeReply | Receiver;

/** What answers below a path of an HttpDaemon. */
export interface Servlet {
  /** Looks at the head: refuses the request, or gives the receiver of its body. */
  receive(head: RequestHead): Reception | Promise<Reception>;
}
