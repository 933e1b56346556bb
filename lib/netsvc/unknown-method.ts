/** Characters of a method's name that are repeated in a fault. */
const MAX_NAME = 100;

/**
 * Explains that a method does not exist. Python's ServerProxy turns everything that a program does with an attribute
 * into a call: `cursor.rowcount > 0` calls `rowcount.__gt__`, and `for row in cursor` calls `__iter__`.
 */
export function unknownMethod(name: string, exists: (name: string) => boolean): string {
  const isLong = name.length > MAX_NAME;
  const shown = JSON.stringify(isLong ? `${name.slice(0, MAX_NAME)}...` : name);
  const text = `There is no method ${shown}.`;
  if (isLong) return text;
  const [, attribute = '', special] = /^(?:(.*)\.)?(__\w+__)$/.exec(name) ?? [];
  if (special === undefined) return text;
  if (attribute === '') return `${text} ${advice(special, exists)}`.trimEnd();
  return exists(attribute) ? `${text} ${attribute} is a method: write ${attribute}().` : text;
}

function advice(special: string, exists: (name: string) => boolean): string {
  if (special === '__iter__' && exists('fetchall')) return 'To iterate over the rows, write fetchall().';
  if ((special === '__enter__' || special === '__exit__') && exists('close')) {
    return 'Call close() in a finally block, or use contextlib.closing.';
  }
  return '';
}
