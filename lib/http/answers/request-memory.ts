import type { MemoryAccount } from '../../memory/memory-account.js';

/** What a request and its response take besides the body, in bytes, as measured. */
const REQUEST_COST = 4 * 1024;

/**
 * Requests up to this cost are counted and never refused, so that a client can close a session, commit or fetch when an
 * account is full. Their number is bounded by that of the connections.
 */
const SMALL = 16 * 1024;

/** What a response takes while it is sent in pieces, in bytes: those before it begins, and those on their way. */
export const STREAM_COST = 512 * 1024;

/** The memory of one request: what has been decoded of it, then its response. It is returned once, by `release`. */
export class RequestMemory {
  readonly #account: MemoryAccount;
  #request = 0;
  #response = 0;
  #released = false;

  constructor(account: MemoryAccount) {
    this.#account = account;
  }

  /** The call takes `cost` bytes by now. @throws {MemoryRefused} */
  decoded(cost: number): void {
    const bytes = cost + REQUEST_COST;
    const more = bytes - this.#request;
    if (more < 0) this.#account.return(-more, 'requests');
    else if (bytes <= SMALL) this.#account.add(more, 'requests');
    else this.#account.draw(more, 'requests');
    this.#request = bytes;
  }

  /** The call has been dropped, or has ended. */
  drop(): void {
    if (this.#request > 0) this.#account.return(this.#request, 'requests');
    this.#request = 0;
  }

  /** A response of `bytes` is going to be sent. It is never refused: its call has been made. */
  answering(bytes: number): void {
    if (this.#released || bytes <= SMALL) return;
    this.drop();
    this.hold(bytes);
  }

  /** The response takes so much more while the call still needs its arguments. */
  hold(bytes: number): void {
    if (this.#released) return;
    this.#account.add(bytes, 'responses');
    this.#response += bytes;
  }

  release(): void {
    this.#released = true;
    this.drop();
    if (this.#response > 0) this.#account.return(this.#response, 'responses');
    this.#response = 0;
  }
}
