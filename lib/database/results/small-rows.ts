/** The maximum number of rows, and of their bytes, that are values. Others are encoded while they are sent. */
export const MAX_ROWS_AS_VALUES = 16;
export const MAX_BYTES_AS_VALUES = 64 * 1024;
