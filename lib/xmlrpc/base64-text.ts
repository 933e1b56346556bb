/** Decodes base64 whose text arrives in pieces. White space is ignored. */
export class Base64Text {
  readonly #pieces: Buffer[] = [];
  /** The last digits: padding may be among them. */
  #rest = '';
  #isValid = true;

  add(text: string): void {
    if (!this.#isValid) return;
    const digits = this.#rest + (BLANKS.test(text) ? text.replace(BLANKS_IN, '') : text);
    const end = Math.max(0, digits.length - (digits.length % 4) - 4);
    const whole = digits.slice(0, end);
    this.#rest = digits.slice(end);
    this.#isValid = !NO_DIGIT.test(whole);
    if (this.#isValid && end > 0) this.#pieces.push(Buffer.from(whole, 'base64'));
  }

  /** @returns undefined if it is not base64 */
  end(): Buffer | undefined {
    const rest = this.#rest;
    if (!this.#isValid || rest.length % 4 !== 0 || !LAST.test(rest)) return undefined;
    return Buffer.concat([...this.#pieces, Buffer.from(rest, 'base64')]);
  }
}

const BLANKS = /[ \t\r\n]/;
const BLANKS_IN = /[ \t\r\n]+/g;
const NO_DIGIT = /[^A-Za-z0-9+/]/;
const LAST = /^[A-Za-z0-9+/]*={0,2}$/;
