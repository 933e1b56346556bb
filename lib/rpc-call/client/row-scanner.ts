import type { ResponseValue } from '../values/response-value.js';
import { ROW_BEGIN, ROW_END, RowForm } from '../values/row-form.js';

const HEAD = '<?xml version="1.0"?><methodResponse><params><param><value><array><data>';
const TAIL = `${ROW_END}</param></params></methodResponse>`;

/**
 * The fast path: reads an array of rows, which are arrays of scalars, in the form of netsvc's responses. It stops at
 * anything else.
 */
export class RowScanner {
  /** The text that was not read: the pieces of a row that is not complete. */
  #unread: string[] = [];
  /** The end of the last piece, which may contain the beginning of ROW_END. */
  #seam = '';
  readonly #form = new RowForm();
  #begun = false;
  #stopped = false;
  #complete = false;

  /** The tags around the rows have been read. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Something was found that is not a row. The scanner reads no more. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The document has ended. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Returns the text that was not read. */
  rest(): string {
    return this.#unread.splice(0).join('');
  }

  /** Yields the rows that are complete. All of them have to be taken. */
  *scan(piece: string): Generator<ResponseValue[], void, void> {
    this.#unread.push(piece);
    const seam = this.#seam + piece;
    this.#seam = seam.slice(1 - ROW_END.length);
    // The pieces of a long row are joined only once. Otherwise the time would be quadratic in its length.
    if (this.#begun && !seam.includes(ROW_END)) return;
    const text = this.rest();
    // An XML parser converts it to a line feed.
    this.#stopped = text.includes('\r');
    const start = this.#stopped || this.#begun ? 0 : this.#begin(text);
    const end = this.#stopped ? 0 : yield* this.#rows(text, start);
    this.#unread.push(text.slice(end));
    if (this.#begun && !this.#stopped) this.#finish(text, end);
  }

  /** Returns the beginning of the rows; 0 if it has not arrived, or the document begins with something else. */
  #begin(text: string): number {
    if (text.startsWith(HEAD)) {
      this.#begun = true;
      return HEAD.length;
    }
    this.#stopped = !HEAD.startsWith(text);
    return 0;
  }

  /** Yields the rows from `start` on, one by one, so that few objects live at a time. Returns their end. */
  *#rows(text: string, start: number): Generator<ResponseValue[], number, void> {
    let at = start;
    while (text.startsWith(ROW_BEGIN, at)) {
      const found = this.#form.read(text, at);
      if (found === undefined) {
        // If the end of the row has arrived, there is something unusual before it.
        this.#stopped = text.includes(ROW_END, at);
        return at;
      }
      at = found.end;
      yield found.row;
    }
    return at;
  }

  /** Checks what follows the rows: nothing yet, a part of a row, or the end of the document. */
  #finish(text: string, end: number): void {
    const rest = text.slice(end, end + TAIL.length + 1);
    if (rest === TAIL) this.#complete = true;
    else if (!ROW_BEGIN.startsWith(rest) && !rest.startsWith(ROW_BEGIN) && !TAIL.startsWith(rest)) this.#stopped = true;
  }
}
