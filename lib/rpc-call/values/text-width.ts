import stringWidth from 'string-width';

/** Returns the number of columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}
