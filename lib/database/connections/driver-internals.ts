import type { Query } from 'mysql2';
import type { RowBatcher } from '../rows/row-batch.js';

/** A packet as mysql2 has it. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
  eofStatusFlags(): number;
  eofWarningCount(): number;
}

/** What takes a packet while a query runs, and says what takes the next one. */
type PacketHandler = (packet: Packet, connection: unknown) => PacketHandler | null;

/** What of mysql2's running query is not public: how many result sets have come to their end, and what takes the packets of rows. */
interface DriverQuery {
  readonly _resultIndex: number;
  row: PacketHandler;
}

/** How many result sets of a query have come to their end. */
export function endedResultSets(query: Query): number {
  return (query as unknown as DriverQuery)._resultIndex;
}

/**
 * Takes the packets of a query's rows as they are. The driver would make an array of each, at three times the cost, and whatever went wrong with
 * one would end the connection.
 *
 * @param end is told MySQL's status flags and the number of warnings behind the last row of a result set
 */
export function takeRows(query: Query, runs: RowBatcher, end: (status: number, warnings: number) => void): void {
  const command = query as unknown as DriverQuery;
  const driversOwn = command.row;
  command.row = function take(packet, connection) {
    if (packet.isEOF()) {
      runs.flush();
      end(packet.eofStatusFlags(), packet.eofWarningCount());
      return driversOwn.call(command, packet, connection);
    }
    runs.add(packet.buffer, packet.offset, packet.end);
    return take;
  };
}
