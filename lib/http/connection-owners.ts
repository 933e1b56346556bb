import type { Socket } from 'node:net';

/** The processes that connections can belong to, by their first requests. */
export interface ConnectionOwners {
  /** @param url the request target */
  isElsewhere(url: string): boolean;
  /** Passes a connection to its process. @param unread the bytes of its first request */
  pass(socket: Socket, unread: Buffer, url: string): void;
}
