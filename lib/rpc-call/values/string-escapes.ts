/** What a character behind a backslash stands for, in strings of MySQL and in the files of LOAD DATA. */
export const STRING_ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001a',
};
