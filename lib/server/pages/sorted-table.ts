import { type Html, type HtmlContent, html } from '../../http/pages/html.js';

/** A column of a table. */
export interface Column<Row> {
  /** The name in the URL, by which the table is sorted. */
  readonly name: string;
  readonly title: string;
  readonly kind?: 'number' | 'name' | 'statement';
  /** What it is sorted by, and shown unless `show` says otherwise. Rows without a value are last. */
  value(row: Row): string | number | undefined;
  show?(row: Row): HtmlContent;
}

/** What of a URL says how a table is sorted, and which rows it has. */
export interface TableView {
  /** The name of a column; that of `byDefault` otherwise. */
  readonly sort: string | undefined;
  readonly descending: boolean | undefined;
  /** The other fields of the query, which links keep. */
  readonly fields: URLSearchParams;
}

export interface SortedTableOptions<Row> {
  readonly columns: readonly Column<Row>[];
  /** In the order that they have by default. */
  readonly rows: readonly Row[];
  readonly view: TableView;
  /** The path of the page, for links. */
  readonly path: string;
  /** The id of the heading. */
  readonly labelledBy: string;
  /** The maximum number of rows that are shown. */
  readonly max: number;
  /** A last column, with what can be done to a row. */
  readonly actions?: ((row: Row) => Html) | undefined;
}

/** The fields of a query by which a table is sorted. */
const SORTING = new Set(['sort', 'order']);

export function tableView(query: URLSearchParams, ignored: readonly string[] = []): TableView {
  const order = query.get('order');
  const fields = [...query].filter(([name, text]) => text !== '' && !SORTING.has(name) && !ignored.includes(name));
  return {
    sort: query.get('sort') || undefined,
    descending: order === 'desc' ? true : order === 'asc' ? false : undefined,
    fields: new URLSearchParams(fields),
  };
}

/** Returns the rows in the order of a view. Numbers begin with the largest, unless the view says otherwise. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], view: TableView): readonly Row[] {
  const column = columns.find(({ name }) => name === view.sort);
  if (column === undefined) return rows;
  const sign = isDescending(column, view) ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    return sign * (left < right ? -1 : left > right ? 1 : 0);
  });
}

/** Returns a table whose headings are links that sort it: it needs no script. */
export function sortedTable<Row>(options: SortedTableOptions<Row>): Html {
  const { columns, rows, view, labelledBy, max, actions } = options;
  const shown = sorted(rows, columns, view).slice(0, max);
  const more = rows.length - shown.length;
  return html`<div class="scroll" role="region" aria-labelledby="${labelledBy}" tabindex="0"><table>
<thead><tr>${columns.map((column) => heading(column, options))}
${actions && html`<th scope="col" class="number">Actions</th>`}</tr></thead>
<tbody>
${shown.map((row) => tableRow(row, columns, actions))}</tbody>
</table></div>
${more > 0 ? html`<p>${more} more are not shown.</p>` : undefined}`;
}

function heading<Row>(column: Column<Row>, { view, path }: SortedTableOptions<Row>): Html {
  const { name, title, kind } = column;
  const isSorted = view.sort === name;
  const descending = isDescending(column, view);
  // A second click reverses the order.
  const order = isSorted ? (descending ? 'asc' : 'desc') : column.kind === 'number' ? 'desc' : 'asc';
  const query = new URLSearchParams([...view.fields, ['sort', name], ['order', order]]);
  const link = html`<a href="${path}?${query.toString()}">${title}</a>`;
  const label = isSorted ? html` aria-sort="${descending ? 'descending' : 'ascending'}"` : undefined;
  return html`<th scope="col"${classOf(kind)}${label}>${link}</th>\n`;
}

function isDescending<Row>({ kind }: Column<Row>, { descending }: TableView): boolean {
  return descending ?? kind === 'number';
}

function tableRow<Row>(row: Row, columns: readonly Column<Row>[], actions?: (row: Row) => Html): Html {
  const cells = columns.map((column, i) => {
    const content = column.show === undefined ? column.value(row) : column.show(row);
    return i === 0 && column.kind === 'name'
      ? html`<th scope="row" class="name">${content}</th>`
      : html`<td${classOf(column.kind)}>${content}</td>`;
  });
  return html`<tr>${cells}${actions && html`<td>${actions(row)}</td>`}</tr>\n`;
}

function classOf(kind: string | undefined): Html | undefined {
  return kind === undefined ? undefined : html` class="${kind}"`;
}
