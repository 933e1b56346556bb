import { median } from './samples.js';

/** A measured figure: a section of bench/figures.md. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  /** Whether a greater value is better. */
  readonly more: boolean;
  readonly digits: number;
  /** The targets of netsvc: a ratio to a peer's figure, or an absolute value. */
  readonly floors: readonly Floor[];
}

export type Floor = { readonly of: string; readonly times: number } | { readonly value: number };

export const FIGURES = {
  calls: {
    title: 'small calls on an open cursor, 16 connections',
    unit: 'calls/s',
    more: true,
    digits: 0,
    floors: [
      { of: 'bare node:http', times: 0.75 },
      { of: 'C, streaming', times: 1.3 },
      { of: 'Python', times: 2.7 },
      { of: 'Node', times: 2.7 },
    ],
  },
  callProcessor: {
    title: 'a small call: processor time of the server',
    unit: 'µs',
    more: false,
    digits: 0,
    floors: [],
  },
  loggedIn: {
    title: 'small calls of an authenticated user, relative to a server without users',
    unit: 'ratio of calls/s',
    more: true,
    digits: 2,
    floors: [{ value: 0.9 }],
  },
  sessions: {
    title: 'whole sessions (cursor, execute by key, fetchone, close), 16 at once',
    unit: 'sessions/s',
    more: true,
    digits: 0,
    floors: [
      { of: 'C', times: 1 },
      { of: 'C, reset', times: 1.3 },
      { of: 'Python', times: 2.2 },
      { of: 'Node', times: 2.2 },
    ],
  },
  sessionProcessor: {
    title: 'a whole session: processor time of the server',
    unit: 'µs',
    more: false,
    digits: 0,
    floors: [],
  },
  sessionMysql: {
    title: 'a whole session: processor time of MySQL',
    unit: 'µs',
    more: false,
    digits: 0,
    floors: [],
  },
  callAlone: {
    title: 'a small call of one client alone',
    unit: 'ms',
    more: false,
    digits: 3,
    floors: [],
  },
  sessionAlone: {
    title: 'a whole session of one client alone',
    unit: 'ms',
    more: false,
    digits: 2,
    floors: [],
  },
  manyConnections: {
    title: 'small calls on 256 connections, relative to 16',
    unit: 'ratio of calls/s',
    more: true,
    digits: 2,
    floors: [],
  },
  manySessions: {
    title: 'whole sessions, 128 at once, relative to 16',
    unit: 'ratio of sessions/s',
    more: true,
    digits: 2,
    floors: [],
  },
  rows: {
    title: 'execute and fetchall of 100,000 rows of 7 columns, Cursor',
    unit: 'rows/s',
    more: true,
    digits: 0,
    floors: [
      { of: 'mysql2 alone', times: 0.8 },
      { of: 'Python', times: 3.5 },
      { of: 'Node', times: 14 },
    ],
  },
  firstByte: {
    title: '100,000 rows, Cursor: time to the first byte of a row',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [],
  },
  rowProcessor: {
    title: '100,000 rows, Cursor: processor time of the server for each row',
    unit: 'µs',
    more: false,
    digits: 2,
    floors: [],
  },
  peak: {
    title: '100,000 rows, Cursor: memory in addition to the idle server',
    unit: 'MB',
    more: false,
    digits: 0,
    floors: [],
  },
  streamedRows: {
    title: 'execute and fetchall of 100,000 rows of 7 columns, SSCursor',
    unit: 'rows/s',
    more: true,
    digits: 0,
    floors: [{ of: 'mysql2 alone', times: 0.95 }],
  },
  streamedFirstByte: {
    title: '100,000 rows, SSCursor: time to the first byte of a row',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [{ value: 50 }],
  },
  streamedPeak: {
    title: '100,000 rows, SSCursor: memory in addition to the idle server',
    unit: 'MB',
    more: false,
    digits: 0,
    floors: [],
  },
  millionRows: {
    title: '1,000,000 rows relative to 100,000, Cursor',
    unit: 'ratio of rows/s',
    more: true,
    digits: 2,
    floors: [{ value: 0.8 }],
  },
  millionStreamedRows: {
    title: '1,000,000 rows relative to 100,000, SSCursor',
    unit: 'ratio of rows/s',
    more: true,
    digits: 2,
    floors: [{ value: 0.8 }],
  },
  millionPeak: {
    title: '1,000,000 rows, both cursors: memory in addition to the idle server',
    unit: 'MB',
    more: false,
    digits: 0,
    floors: [{ value: 120 }],
  },
  inserted: {
    title: 'executemany of 10,000 rows of 4 columns',
    unit: 'rows/s',
    more: true,
    digits: 0,
    floors: [
      { of: 'C', times: 1 },
      { of: 'Python', times: 1.2 },
      { of: 'Node', times: 3 },
    ],
  },
  bystanderP99: {
    title: 'small calls during a fetchall: 99th percentile',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [{ value: 4 }],
  },
  bystanderLongest: {
    title: 'small calls during a fetchall: maximum',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [{ value: 10 }],
  },
  idle: {
    title: '50,000 idle sessions: memory per session',
    unit: 'KB',
    more: false,
    digits: 2,
    floors: [{ value: 1 }],
  },
  idleP99: {
    title: '50,000 idle sessions: 99th percentile of small calls, relative to none',
    unit: 'ratio',
    more: false,
    digits: 2,
    floors: [{ value: 1.2 }],
  },
} satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;

/** The samples of a figure: for each server, one in each round. */
export class Samples {
  readonly #samples = new Map<string, number[]>();

  add(server: string, value: number): void {
    const samples = this.#samples.get(server);
    if (samples) samples.push(value);
    else this.#samples.set(server, [value]);
  }

  of(server: string): readonly number[] {
    return this.#samples.get(server) ?? [];
  }

  /** The ratios of netsvc's figure to a peer's, by round. */
  ratios(peer: string): number[] {
    const others = this.of(peer);
    return this.of('netsvc').flatMap((own, round) => {
      const other = others[round];
      return other === undefined ? [] : [own / other];
    });
  }
}

/** Compares the median with a target. */
export function judge(samples: Samples, floor: Floor, more: boolean): { reached: boolean; text: string } {
  const value = 'of' in floor ? median(samples.ratios(floor.of)) : median(samples.of('netsvc'));
  const bound = 'of' in floor ? floor.times : floor.value;
  const text = 'of' in floor ? `${bound} x ${floor.of}` : `${more ? 'at least' : 'at most'} ${bound}`;
  return { reached: more ? value >= bound : value <= bound, text };
}
