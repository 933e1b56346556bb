import Table from 'cli-table3';

/** Formats a result as JSON, with indentation for a terminal. Bytes are base64. */
export function toJson(value: unknown, pretty: boolean): string {
  return JSON.stringify(value, jsonValue, pretty ? 2 : undefined) ?? 'null';
}

/** Formats rows as a table: structs with a header, arrays without one, any other value as a row with one cell. */
export function toTable(value: unknown): string {
  const rows = Array.isArray(value) ? value : [value];
  if (rows.length > 0 && rows.every(isStruct)) {
    const head = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return render(
      rows.map((row) => head.map((name) => cell(row[name]))),
      head,
    );
  }
  return render(rows.map((row) => (Array.isArray(row) ? row.map(cell) : [cell(row)])));
}

/** JSON.stringify calls Buffer's toJSON before the replacer. */
function jsonValue(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value;
}

function cell(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value === null ? 'nil' : toJson(value, false).replace(/^"(.*)"$/s, '$1');
}

function render(rows: string[][], head: string[] = []): string {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
}

function isStruct(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array || value instanceof Date);
}
