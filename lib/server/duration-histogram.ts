/** Upper bounds of the buckets of durations, in seconds. */
export const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The durations with the same labels. */
interface Series {
  /** By bucket, not cumulative; the last is for longer durations. */
  readonly counts: number[];
  sum: number;
}

/** The series by the value of a label. At the last label, the node has a series in place of children. */
interface Node {
  readonly children: Map<string, Node>;
  series: Series | undefined;
}

/**
 * A Prometheus histogram of durations. prom-client's takes several microseconds to record one, because it checks the
 * labels and composes a key of them each time, and a small call takes only thirty.
 */
export class DurationHistogram {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #root: Node = { children: new Map(), series: undefined };

  constructor(name: string, { help, labels }: { readonly help: string; readonly labels: readonly string[] }) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
  }

  /** @param values of the labels, in their order */
  observe(values: readonly string[], seconds: number): void {
    let node = this.#root;
    for (const value of values) {
      let child = node.children.get(value);
      if (child === undefined) {
        child = { children: new Map(), series: undefined };
        node.children.set(value, child);
      }
      node = child;
    }
    node.series ??= { counts: new Array<number>(BUCKETS.length + 1).fill(0), sum: 0 };
    const { counts } = node.series;
    let bucket = 0;
    while (seconds > (BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    node.series.sum += seconds;
  }

  /** The number of durations whose label values are accepted. */
  total(accepts: (values: readonly string[]) => boolean): number {
    const sum = (node: Node, values: readonly string[]): number => {
      const own = accepts(values) ? (node.series?.counts ?? []) : [];
      const below = [...node.children].map(([value, child]) => sum(child, [...values, value]));
      return [...own, ...below].reduce((total, count) => total + count, 0);
    };
    return sum(this.#root, []);
  }

  /** Returns the histogram in the text format of Prometheus. */
  text(): string {
    const lines = [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`];
    this.#write(this.#root, [], lines);
    return `${lines.join('\n')}\n`;
  }

  #write({ children, series }: Node, labels: readonly string[], lines: string[]): void {
    if (series !== undefined) this.#writeSeries(series, labels, lines);
    const name = this.#labels[labels.length];
    for (const [value, child] of children) this.#write(child, [...labels, `${name}="${escaped(value)}"`], lines);
  }

  #writeSeries({ counts, sum }: Series, labels: readonly string[], lines: string[]): void {
    let total = 0;
    counts.forEach((count, i) => {
      total += count;
      const bound = [...labels, `le="${BUCKETS[i] ?? '+Inf'}"`].join(',');
      lines.push(`${this.#name}_bucket{${bound}} ${total}`);
    });
    const shown = labels.length === 0 ? '' : `{${labels.join(',')}}`;
    lines.push(`${this.#name}_sum${shown} ${sum}`, `${this.#name}_count${shown} ${total}`);
  }
}

/** Escapes the value of a label: https://prometheus.io/docs/instrumenting/exposition_formats/ */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
