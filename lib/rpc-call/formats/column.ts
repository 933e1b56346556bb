import type { ResponseValue } from '../values/response-value.js';
import { valueText } from '../values/value-text.js';
import type { PrintedColumn } from './rows-format.js';

/** Type codes of FLOAT and DOUBLE. */
const DOUBLES: ReadonlySet<number> = new Set([4, 5]);

/** Type codes of other numbers: DECIMAL, integers, YEAR. */
const NUMBERS: ReadonlySet<number> = new Set([0, 1, 2, 3, 8, 9, 13, 246]);

/** Returns a column of the `description` of a result. Doubles without a fixed number of decimals have the scale 31. */
export function columnOf(column: ResponseValue): PrintedColumn {
  const [name, code, , , , scale, nullable] = (column as readonly ResponseValue[]).map((value) => valueText(value));
  const double = DOUBLES.has(Number(code));
  return {
    name: name ?? '',
    nullable: nullable !== '0',
    numeric: double || NUMBERS.has(Number(code)),
    ...(double && scale !== undefined ? { scale: Number(scale) } : {}),
  };
}
