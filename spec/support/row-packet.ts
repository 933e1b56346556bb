import type { RowBatch } from '#lib/database/rows/row-batch.js';

/** Rows in packets, as MySQL sends them. */
export function runOf(rows: readonly (readonly (Buffer | null)[])[]): RowBatch {
  const packets = rows.flatMap((row) => {
    const packet = rowPacket(row);
    const header = Buffer.alloc(4);
    header.writeUIntLE(Math.min(packet.length, 0xffffff), 0, 3);
    return [header, packet];
  });
  const bytes = Buffer.concat([Buffer.from('..'), ...packets]);
  return { bytes, from: 2, to: bytes.length, rows: rows.length };
}

/** A row as MySQL sends it: for each cell its length and its bytes, or the mark of NULL. */
export function rowPacket(cells: readonly (Buffer | null)[]): Buffer {
  return Buffer.concat(cells.flatMap((cell) => (cell === null ? [Buffer.of(0xfb)] : [lengthOf(cell.length), cell])));
}

function lengthOf(length: number): Buffer {
  if (length < 251) return Buffer.of(length);
  const size = length < 2 ** 16 ? 2 : length < 2 ** 24 ? 3 : 8;
  const bytes = Buffer.alloc(1 + size, 0);
  bytes[0] = size === 2 ? 0xfc : size === 3 ? 0xfd : 0xfe;
  bytes.writeUIntLE(length, 1, Math.min(size, 6));
  return bytes;
}
