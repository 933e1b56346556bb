import { type Pieces, StreamedValue } from './streamed-value.js';

/** Keeps something until the returned function is called. */
export type Hold = () => () => void;

/** A streamed value that can be sent again: its pieces are opened for each response. */
export class RepeatableValue extends StreamedValue {
  /** Opens the pieces, which can be read as long as the value is held. */
  readonly open: () => Pieces;
  readonly hold: Hold;

  /** @param hold keeps what the pieces are read from, for this value and for each other response */
  constructor(open: () => Pieces, hold: Hold) {
    super(open, hold());
    this.open = open;
    this.hold = hold;
  }

  /** Returns the value for another response. This one must not have ended. */
  again(): StreamedValue {
    return new StreamedValue(this.open, this.hold());
  }
}
