import type { IncomingHttpHeaders } from 'node:http';

/** The head of an HTTP request, which a servlet gets before the body. */
export interface RequestHead {
  readonly method: string;
  /** Below the path of the servlet, percent-decoded, without outer slashes. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The numeric address of the client. */
  readonly remoteAddress: string;
  /** The request target, as it was sent. */
  readonly target?: string;
  /** Whether the connection uses TLS. */
  readonly secure?: boolean;
  /** The connection, which is to be told when the client has logged in. */
  readonly client?: { authenticate(user: string): void };
}

/** A body that is created while it is sent. */
export interface StreamedBody {
  readonly pieces: AsyncIterable<Buffer>;
  /** Returns the reply if creating the body fails before anything was sent. After that, the connection is closed. */
  fail(error: unknown): WholeReply;
}

/** The status and headers of a reply. */
export interface ReplyHead {
  readonly status: number;
  /** In place of the standard reason phrase of the status. */
  readonly reason?: string;
  /** The Content-Type. */
  readonly type: string;
  /** Headers other than Content-Type and Content-Length. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the body may be compressed if the client accepts it; by default it may. */
  readonly compressible?: boolean;
}

export interface WholeReply extends ReplyHead {
  readonly body: string | readonly Buffer[];
}

export interface StreamedReply extends ReplyHead {
  readonly body: StreamedBody;
  /** The client needs a Content-Length, whatever its version of HTTP. */
  readonly whole?: boolean;
  /** The maximum length of a body that is created before it is sent, in bytes. */
  readonly maxLength?: number;
}

export type Reply = WholeReply | StreamedReply;

export function isStreamed(reply: Reply): reply is StreamedReply {
  return typeof reply.body === 'object' && 'pieces' in reply.body;
}

/** Receives the body of a request, and answers at its end. */
export interface Receiver {
  /** @returns a reply if the request is refused before its end */
  write(chunk: Buffer): WholeReply | undefined;
  end(): Reply | Promise<Reply>;
  /** The rest of the body cannot be read, for the given reason. */
  fail(reason: string): WholeReply;
  /**
   * The client has disconnected or the server is shutting down, as `reason` says. A method that is running should stop.
   */
  abort(reason: Error): void;
  /** The reply has been sent, or never will be. Called once, last. */
  close(): void;
}

/** A refusal, or the receiver of the body. */
export type Reception = WholeReply | Receiver;

/**
 * Answers the requests for the paths that it is attached to.
 *
 * @example
 * const health: Servlet = { receive: () => ({ status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' }) };
 * daemon.attach('/health', health);
 */
export interface Servlet {
  /** Refuses a request by its head, or returns the receiver of its body. */
  receive(head: RequestHead): Reception | Promise<Reception>;
}
