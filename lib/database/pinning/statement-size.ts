/** Whether a text takes more than `bytes` in UTF-8, in which a UTF-16 code unit takes one to three. */
export function exceeds(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
