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
    title: 'small calls, 16 connections',
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
    title: 'small call: processor time',
    unit: 'µs',
    more: false,
    digits: 0,
    floors: [],
  },
  loggedIn: {
    title: 'calls of a user relative to none',
    unit: 'ratio of calls/s',
    more: true,
    digits: 2,
    floors: [{ value: 0.9 }],
  },
  sessions: {
    title: 'whole sessions, 16 at once',
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
    title: 'whole session: processor time',
    unit: 'µs',
    more: false,
    digits: 0,
    floors: [],
  },
  sessionMysql: {
    title: "whole session: MySQL's processor time",
    unit: 'µs',
    more: false,
    digits: 0,
    floors: [],
  },
  callAlone: {
    title: 'small call of one client',
    unit: 'ms',
    more: false,
    digits: 3,
    floors: [],
  },
  sessionAlone: {
    title: 'whole session of one client',
    unit: 'ms',
    more: false,
    digits: 2,
    floors: [],
  },
  manyConnections: {
    title: '256 connections relative to 16',
    unit: 'ratio of calls/s',
    more: true,
    digits: 2,
    floors: [],
  },
  manySessions: {
    title: '128 sessions at once relative to 16',
    unit: 'ratio of sessions/s',
    more: true,
    digits: 2,
    floors: [],
  },
  rows: {
    title: '100,000 rows, Cursor',
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
    title: '100,000 rows, Cursor: first byte',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [],
  },
  rowProcessor: {
    title: 'row, Cursor: processor time',
    unit: 'µs',
    more: false,
    digits: 2,
    floors: [],
  },
  peak: {
    title: '100,000 rows, Cursor: memory',
    unit: 'MB',
    more: false,
    digits: 0,
    floors: [],
  },
  streamedRows: {
    title: '100,000 rows, SSCursor',
    unit: 'rows/s',
    more: true,
    digits: 0,
    floors: [{ of: 'mysql2 alone', times: 0.95 }],
  },
  streamedFirstByte: {
    title: '100,000 rows, SSCursor: first byte',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [{ value: 50 }],
  },
  streamedPeak: {
    title: '100,000 rows, SSCursor: memory',
    unit: 'MB',
    more: false,
    digits: 0,
    floors: [],
  },
  millionRows: {
    title: 'a million rows relative to 100,000, Cursor',
    unit: 'ratio of rows/s',
    more: true,
    digits: 2,
    floors: [{ value: 0.8 }],
  },
  millionStreamedRows: {
    title: 'a million rows relative to 100,000, SSCursor',
    unit: 'ratio of rows/s',
    more: true,
    digits: 2,
    floors: [{ value: 0.8 }],
  },
  millionPeak: {
    title: '1,000,000 rows: memory',
    unit: 'MB',
    more: false,
    digits: 0,
    floors: [{ value: 120 }],
  },
  inserted: {
    title: 'executemany of 10,000 rows',
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
    title: 'small calls beside a fetchall: p99',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [{ value: 4 }],
  },
  bystanderLongest: {
    title: 'small calls beside a fetchall: longest',
    unit: 'ms',
    more: false,
    digits: 1,
    floors: [{ value: 10 }],
  },
  idle: {
    title: 'idle session: memory',
    unit: 'KB',
    more: false,
    digits: 2,
    floors: [{ value: 1 }],
  },
  idleP99: {
    title: 'p99 beside 50,000 idle sessions',
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
