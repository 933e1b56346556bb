import { Socket, type SocketConstructorOpts } from 'node:net';

/** A connection that is passed to the worker to which its first request belongs. */
export interface Handover {
  readonly handover: {
    readonly worker: number;
    /** The index of the listener that has accepted it. */
    readonly listener: number;
    /** The bytes of the first request. */
    readonly unread: Uint8Array;
  };
}

/** Node's object for a TCP connection, which is in no public type. `process.send` takes it as it takes a `Socket`. */
export interface ConnectionHandle {
  readStop(): void;
  close(): void;
}

/** Sends a message and a handle, and calls `sent` when the other process has it. */
export type SendHandle = (message: Handover, handle: ConnectionHandle, sent: () => void) => void;

export function isHandover(message: unknown): message is Handover {
  return typeof message === 'object' && message !== null && 'handover' in message;
}

/**
 * Sends a connection to another process. A `Socket` would not do: Node.js goes on reading it until it has been sent,
 * and what arrives meanwhile is lost.
 */
export function sendConnection(socket: Socket, message: Handover, send: SendHandle): void {
  const { _handle: handle } = socket as unknown as { readonly _handle: ConnectionHandle | null };
  // The client has disconnected.
  if (handle === null) {
    socket.destroy();
    return;
  }
  handle.readStop();
  // Closes the handle of this process. The connection stays open in the other one.
  send(message, handle, () => socket.destroy());
}

export function receiveConnection(handle: ConnectionHandle): Socket {
  const options: SocketConstructorOpts & { readonly handle: ConnectionHandle } = {
    handle,
    readable: true,
    writable: true,
    allowHalfOpen: true,
  };
  return new Socket(options);
}
