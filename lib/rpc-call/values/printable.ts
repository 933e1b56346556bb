/** Returns text without characters that would move the cursor of a terminal, or change its state. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => SHORT[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
