import { callOf, escapeText } from '../client/call-encoder.js';
import { decodeResponse } from '../client/response-decoder.js';
import type { RpcEndpoint } from '../client/rpc-endpoint.js';
import type { ResponseValue } from '../values/response-value.js';
import { valueText } from '../values/value-text.js';

/** What decides how a value is sent. */
export type ColumnKind = 'text' | 'number' | 'bits' | 'bytes' | 'json';

export interface TableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** A table, as far as it is known. */
export interface TableColumns {
  /** Empty if the table does not exist. */
  readonly columns: readonly TableColumn[];
  /** Whether a failed statement leaves nothing behind. */
  readonly transactional: boolean;
}

const BYTES = /^(?:(?:var)?binary|(?:tiny|medium|long)?blob|geom.*|(?:multi)?(?:point|linestring|polygon)|vector)$/;

const COLUMNS =
  'select column_name, data_type from information_schema.columns' +
  ' where table_schema = coalesce(%s, database()) and table_name = %s order by ordinal_position';

const TRANSACTIONS =
  'select transactions from information_schema.tables join information_schema.engines using (engine)' +
  ' where table_schema = coalesce(%s, database()) and table_name = %s';

/** Asks MySQL for the columns of a table. */
export async function tableColumns(
  service: RpcEndpoint,
  table: readonly string[],
  signal: AbortSignal,
): Promise<TableColumns> {
  const [name = '', database] = [...table].reverse();
  const names = `<value><array><data>${[database, name].map(nullOrText).join('')}</data></array></value>`;
  // As XML, because what encodes arguments of the command line takes as long to load as all else.
  const ask = async (query: string) =>
    rowsOf(await decodeResponse(service.send(callOf('execute', [nullOrText(query), names]), signal)));
  const columns = (await ask(COLUMNS)).map(([name = '', type = '']) => ({ name, kind: kindOf(type.toLowerCase()) }));
  const [transactions] = await ask(TRANSACTIONS);
  // A view has no engine.
  return { columns, transactional: transactions?.[0] !== 'NO' };
}

function nullOrText(text: string | undefined): string {
  return text === undefined ? '<value><nil/></value>' : `<value><string>${escapeText(text)}</string></value>`;
}

function rowsOf(rows: ResponseValue): string[][] {
  return (rows as readonly (readonly ResponseValue[])[]).map((row) => row.map((value) => valueText(value) ?? ''));
}

function kindOf(type: string): ColumnKind {
  if (type === 'bit') return 'bits';
  // As text, 0 is the year 2000.
  if (type === 'year') return 'number';
  if (type === 'json') return 'json';
  return BYTES.test(type) ? 'bytes' : 'text';
}
