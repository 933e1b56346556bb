import type { Socket } from 'node:net';

/** The processes that connections can belong to. */
export interface ConnectionOwners {
  /** Passes a new connection to a process that has less to do, if there is one. @returns whether it was passed */
  balance(socket: Socket): boolean;
  /** Whether a connection belongs to another process, by the target of its first request. */
  isElsewhere(url: string): boolean;
  /** Passes a connection to its process. @param unread the bytes of its first request */
  pass(socket: Socket, unread: Buffer, url: string): void;
}
