import type { Writable } from 'node:stream';
import type { ReplyHead, WholeReply } from './servlet.js';

/** The way back to the client that sent one request. It takes one answer. */
export interface AnswerChannel {
  /** Nobody is there to take an answer any more. */
  readonly closed: boolean;
  /** Something of an answer is on its way, so no other can be given. */
  readonly begun: boolean;
  /**
   * HTTP/1.0 has no chunks: its answers must have a length, or end with the connection, which some clients take for a
   * failure.
   */
  readonly takesChunks: boolean;

  /** Sends an answer whole, with its length. One that comes when the channel is closed is dropped. */
  send(reply: WholeReply): void;

  /**
   * Begins an answer that is made while it is sent.
   *
   * @param length in bytes, for a client that does not take chunks
   * @returns what takes the body: it holds back whoever writes while the client does not read, and cuts the connection
   *   when it is
   *   destroyed before its end
   */
  begin(head: ReplyHead, length?: number): Writable;

  /** Cuts the connection. */
  cut(): void;
}

/** In bytes, or in characters where that is all there is to know yet. */
export function lengthOf(body: string | readonly Buffer[]): number {
  return typeof body === 'string' ? body.length : body.reduce((sum, piece) => sum + piece.length, 0);
}
