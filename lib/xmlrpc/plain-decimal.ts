/** Returns the shortest digits that identify `value`, without an exponent, which the standard does not have. */
export function plainDecimal(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!parts) return Number.isInteger(value) ? `${text}.0` : text;
  const [, sign = '', lead = '', fraction = '', exponent = '0'] = parts;
  const digits = lead + fraction;
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}.0`;
}
