import { Histogram, type Metric } from 'prom-client';
import { BUCKETS } from './metric-declarations.js';

interface Series {
  readonly values: readonly string[];
  readonly histogram: Histogram;
}

export interface SeriesHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/**
 * A histogram of prom-client with labels, for what is observed with each call: every series is a histogram without
 * labels, because to find that of a set of labels takes prom-client longer than all else.
 */
export class SeriesHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #labelNames: readonly string[];
  readonly #series = new Map<string, Series>();
  #last: Series | undefined;

  constructor({ name, help, labelNames }: SeriesHistogramOptions) {
    this.name = name;
    this.help = help;
    this.#labelNames = labelNames;
  }

  /** What a registry of prom-client takes: it only calls `get`. */
  get metric(): Metric {
    return this as unknown as Metric;
  }

  /** @param labels the values, in the order of their names; '' for those that there are not */
  observe(seconds: number, first: string, second = '', third = ''): void {
    const last = this.#last;
    if (last !== undefined && last.values[0] === first && last.values[1] === second && last.values[2] === third) {
      last.histogram.observe(seconds);
      return;
    }
    this.#last = this.#of([first, second, third]);
    this.#last.histogram.observe(seconds);
  }

  /** Returns all series, when the metrics are read. */
  async get(): Promise<object> {
    const all = [...this.#series.values()].map(async ({ values, histogram }) => {
      const labels = Object.fromEntries(this.#labelNames.map((name, i) => [name, values[i] ?? '']));
      const { values: own } = await histogram.get();
      return own.map((value) => ({ ...value, labels: { ...labels, ...value.labels } }));
    });
    const values = (await Promise.all(all)).flat();
    return { name: this.name, help: this.help, type: this.type, values };
  }

  #of(values: readonly string[]): Series {
    const key = values.join('\n');
    let series = this.#series.get(key);
    if (series === undefined) {
      const { name, help } = this;
      series = { values, histogram: new Histogram({ name, help, buckets: [...BUCKETS], registers: [] }) };
      this.#series.set(key, series);
    }
    return series;
  }
}
