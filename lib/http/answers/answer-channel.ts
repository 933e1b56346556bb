import type { Writable } from 'node:stream';
import type { ReplyHead, WholeReply } from './servlet.js';

/** Sends the response to one request. */
export interface AnswerChannel {
  /** The client has disconnected. */
  readonly closed: boolean;
  /** A part of the response has been sent. */
  readonly begun: boolean;
  /**
   * Whether the client supports chunks, which HTTP/1.0 does not have. Its responses need a length, or end with the
   * connection, which some clients report as an error.
   */
  readonly takesChunks: boolean;

  /** Sends a complete response with its length. Has no effect if the channel is closed. */
  send(reply: WholeReply): void;

  /**
   * Begins a response that is created while it is sent.
   *
   * @param length in bytes, for a client that does not support chunks
   * @returns a stream for the body. It applies backpressure while the client does not read, and closes the connection
   *   if it is destroyed before its end.
   */
  begin(head: ReplyHead, length?: number): Writable;

  /** Closes the connection. */
  cut(): void;
}

/** The length in bytes; for a string the number of its UTF-16 code units, which is at most the number of bytes. */
export function lengthOf(body: string | readonly Buffer[]): number {
  return typeof body === 'string' ? body.length : body.reduce((sum, piece) => sum + piece.length, 0);
}
