import type { Packet } from './driver-internals.js';
import type { OkPacket } from './result-sink.js';

/**
 * What MySQL reports behind a statement that returns no rows:
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
 */
export interface OkReport extends OkPacket {
  /** The status flags. */
  readonly status: number;
  readonly warnings: number;
  /** For people, such as "Rows matched: 1  Changed: 0  Warnings: 0"; often ''. */
  readonly text: string;
  /** The system variables that have changed, as far as `session_track_system_variables` names them. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * Only transactions and GTIDs have changed. MySQL reports each BEGIN and COMMIT, even if
   * `session_track_transaction_info` is off.
   */
  readonly onlyTransactions: boolean;
}

const SERVER_SESSION_STATE_CHANGED = 0x4000;

/** The first and the last type of reports that are not of transactions and GTIDs. Between them is the schema. */
const SESSION_TRACK_SYSTEM_VARIABLES = 0;
const SESSION_TRACK_STATE_CHANGE = 2;

const NO_VARIABLES: Readonly<Record<string, string>> = {};

/** Reads an OK packet to its end. */
export function readOk(packet: Packet): OkReport {
  packet.readInt8();
  const affectedRows = Number(packet.readLengthCodedNumber(false));
  const insertId = packet.readLengthCodedNumberSigned(false) ?? 0;
  const status = packet.readInt16();
  const warnings = packet.readInt16();
  const text = packet.offset < packet.end ? (packet.readLengthCodedString('utf8') ?? '') : '';
  const report = { affectedRows, insertId, status, warnings, text };
  if ((status & SERVER_SESSION_STATE_CHANGED) === 0 || packet.offset >= packet.end) {
    return { ...report, variables: NO_VARIABLES, onlyTransactions: false };
  }
  return { ...report, ...readChanges(packet) };
}

function readChanges(packet: Packet): Pick<OkReport, 'variables' | 'onlyTransactions'> {
  const variables: Record<string, string> = {};
  const length = packet.offset < packet.end ? Number(packet.readLengthCodedNumber(false)) : 0;
  const end = packet.offset + length;
  let onlyTransactions = length > 0;
  while (packet.offset < end) {
    const type = packet.readInt8();
    const next = Number(packet.readLengthCodedNumber(false)) + packet.offset;
    if (type === SESSION_TRACK_SYSTEM_VARIABLES) {
      const name = packet.readLengthCodedString('utf8') ?? '';
      variables[name] = packet.readLengthCodedString('utf8') ?? '';
    }
    if (type <= SESSION_TRACK_STATE_CHANGE) onlyTransactions = false;
    packet.offset = next;
  }
  return { variables, onlyTransactions };
}
