import type { QueryError } from 'mysql2';
import type { Command, CommandConnection, Packet } from './driver-internals.js';

/** A packet with COM_STATISTICS, which is answered by a text. */
const STATISTICS = Buffer.of(1, 0, 0, 0, 9);

/** Asks whether the server is there. COM_PING is not used, because it sets ROW_COUNT(). */
export class PingCommand implements Command {
  readonly #settle: (error: QueryError | null) => void;
  #started = false;

  /** @param settle receives the server's error, or that with which the connection was lost, if there is one */
  constructor(settle: (error: QueryError | null) => void) {
    this.#settle = settle;
  }

  execute(packet: Packet | undefined, connection: CommandConnection): boolean {
    if (!this.#started) {
      this.#started = true;
      connection._resetSequenceId();
      connection._bumpSequenceId(1);
      connection.write(STATISTICS);
      return false;
    }
    if (packet === undefined) return false;
    this.#settle(packet.isError() ? packet.asError('utf8') : null);
    return true;
  }

  onResult(error: QueryError): void {
    this.#settle(error);
  }
}
