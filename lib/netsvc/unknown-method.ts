import type { MethodTable } from './method-table.js';

/** Characters of a method's name that are repeated in a fault. */
const MAX_NAME = 100;

/**
 * Explains that a method does not exist. Python's ServerProxy turns everything that a program does with an attribute
 * into a call: `counter.value > 0` calls `value.__gt__`, and `for row in cursor` calls `__iter__`.
 */
export function unknownMethodText(name: string, methods: MethodTable): string {
  const isLong = name.length > MAX_NAME;
  const shown = JSON.stringify(isLong ? `${name.slice(0, MAX_NAME)}...` : name);
  const text = `There is no method ${shown}.`;
  if (isLong) return text;
  const [, attribute = '', special] = /^(?:(.*)\.)?(__\w+__)$/.exec(name) ?? [];
  if (special === undefined) return text;
  if (attribute === '') return `${text} ${advice(special, methods)}`.trimEnd();
  return methods.has(attribute) ? `${text} ${attribute} is a method: write ${attribute}().` : text;
}

function advice(special: string, methods: MethodTable): string {
  const iterable = special === '__iter__' ? methods.iterable : undefined;
  if (iterable) return `To iterate over ${iterable.declaration.iterates}, write ${iterable.name}().`;
  if ((special === '__enter__' || special === '__exit__') && methods.has('close')) {
    return 'Call close() in a finally block, or use contextlib.closing.';
  }
  return '';
}
