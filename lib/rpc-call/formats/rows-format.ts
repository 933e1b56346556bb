/** A column of rows that are printed. */
export interface PrintedColumn {
  readonly name: string;
  /** A table aligns its values to the right. */
  readonly numeric?: boolean;
  /** The column can contain NULL. */
  readonly nullable?: boolean;
  /** The number of decimals of doubles, if it is fixed. */
  readonly scale?: number;
}

/** How a format prints what it can print in several ways. */
export interface PrintOptions {
  /** The text of NULL. */
  readonly nil?: string | undefined;
  /** Whether the names of the columns are printed before the rows. */
  readonly header?: boolean | undefined;
}

/** A way to print the rows of one result: the text before, of each, and after them. */
export interface RowsFormat {
  begin(columns: readonly PrintedColumn[]): string;
  row(row: readonly unknown[]): string;
  end(): string;
}
