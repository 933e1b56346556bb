import Table from 'cli-table3';
import { DESCRIPTIONS, NAMES } from './contestants.js';
import { FIGURES, type Figure, type FigureName, judge, type Samples } from './figures.js';
import { median, summary } from './samples.js';

type AllSamples = Readonly<Record<FigureName, Samples>>;

const SERVERS = ['netsvc', 'Python', 'Node', 'bare node:http', 'mysql2 alone'] as const;

const all = Object.entries(FIGURES) as [FigureName, Figure][];

/** A server's figure with its spread, and how netsvc's compares. */
function cell(samples: Samples, server: string, { digits }: Figure, separator: string): string {
  const own = samples.of(server);
  if (own.length === 0) return '';
  const figure = summary(own, digits);
  return server === 'netsvc' ? figure : `${figure}${separator}netsvc: x ${summary(samples.ratios(server), 2)}`;
}

function verdicts(samples: Samples, { floors, more }: Figure): string[] {
  return floors.map((floor) => {
    const { reached, text } = judge(samples, floor, more);
    return `${text}: ${reached ? 'reached' : 'NOT REACHED'}`;
  });
}

/** The table for the terminal. */
export function table(samples: AllSamples, circumstances: string): string {
  const table = new Table({ head: ['median [lowest-highest]', ...SERVERS, 'floor'], style: { head: [], border: [] } });
  for (const [name, figure] of all) {
    const cells = SERVERS.map((server) => cell(samples[name], server, figure, '\n'));
    table.push([`${figure.title}, ${figure.unit}`, ...cells, verdicts(samples[name], figure).join('\n')]);
  }
  return `${circumstances}\n${table.toString()}`;
}

/** docs/performance.md */
export function page(samples: AllSamples, circumstances: string): string {
  const rows = all.map(([name, figure]) => {
    const cells = SERVERS.map((server) => cell(samples[name], server, figure, '; '));
    return `| ${[`${figure.title}, ${figure.unit}`, ...cells, verdicts(samples[name], figure).join('; ')].join(' | ')} |`;
  });
  const peers = NAMES.slice(1).map((name) => `- **${name}**: ${DESCRIPTIONS[name]}`);
  return `# Performance

![netsvc beside what one would write instead](performance.svg)

\`npm run bench\` measures netsvc beside what one would write instead, and beside the limits of what it is made of. All servers are up at
once and take turns, in another order each round, with a MariaDB of their own; the load comes from a process of its own. Ratios are taken
within a round, because the machine's speed changes from one to the next. \`npm run bench -- --write\` makes this page.

${peers.join('\n')}
- **mysql2 alone**: mysql2 reads the same rows as arrays, and nobody does anything with them (bench/peers/mysql2-drain.mjs)

${circumstances}; medians, with the lowest and the highest.

| | ${SERVERS.join(' | ')} | floor |
| --- | ${SERVERS.map(() => '---').join(' | ')} | --- |
${rows.join('\n')}

## Where the time goes

- **A trivial call**: half of it is the kernel's, which takes the request and wakes the client. Node's HTTP costs more than all that is
  left, so ordinary requests go without it (\`lib/http/ordinary-connection.ts\`), and any other goes through it.
- **A whole session**: four requests and one statement. Nearly half is the kernel's, waking four times the client and once MariaDB; the
  rest is spread over everything, mysql2's part the largest. A connection that was left as it was found is not made as new.
- **Rows**: they are kept as MySQL sent them and copied into the answer, tags eight bytes at a time and text four; no value and no string is made of
  them. What is left is mysql2's reading of packets and the kernel's copying.
- **Beside a fetchall** others wait for their turn behind at most 128 KB of rows read or made, and for the garbage collector.
`;
}

const BARS: readonly [FigureName, string][] = [
  ['calls', 'trivial calls'],
  ['sessions', 'whole sessions'],
  ['rows', 'rows fetched'],
  ['inserted', 'rows inserted'],
];
const COLOURS: Readonly<Record<string, string>> = { netsvc: '#2a6f97', Python: '#bcb8b1', Node: '#8a817c' };
const WIDTH = 760;
const LEFT = 130;
const BAR = 18;

/** docs/performance.svg: how many times the Python gateway's rate each reaches. */
export function chart(samples: AllSamples): string {
  const groups = BARS.map(([name, title]) => {
    const python = median(samples[name].of('Python'));
    const bars = Object.keys(COLOURS).map((server) => ({ server, value: median(samples[name].of(server)) }));
    return { title, unit: FIGURES[name].unit, bars: bars.map((bar) => ({ ...bar, times: bar.value / python })) };
  });
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ times }) => times)));
  const scale = (WIDTH - LEFT - 190) / most;
  const parts: string[] = [];
  let y = 34;
  for (const { title, unit, bars } of groups) {
    parts.push(`<text x="${LEFT - 10}" y="${y + BAR * 1.5 + 5}" text-anchor="end">${title}</text>`);
    for (const { server, value, times } of bars) {
      const width = Math.max(times * scale, 1).toFixed(1);
      const label = `${Math.round(value).toLocaleString('en')} ${unit}${server === 'Python' ? '' : ` (${times.toFixed(1)} x)`}`;
      parts.push(`<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR - 3}" fill="${COLOURS[server]}"/>`);
      parts.push(`<text x="${LEFT + Number(width) + 6}" y="${y + BAR - 6}" class="figure">${label}</text>`);
      y += BAR;
    }
    y += 16;
  }
  const legend = Object.entries(COLOURS).map(
    ([server, colour], i) =>
      `<rect x="${LEFT + i * 100}" y="8" width="12" height="12" fill="${colour}"/><text x="${LEFT + 17 + i * 100}" y="18">${server}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="Rates of netsvc, of a gateway in Python and of one in Node">
<style>text { font: 13px sans-serif; fill: #333 } .figure { font-size: 11px }</style>
<rect width="100%" height="100%" fill="#fff"/>
${[...legend, ...parts].join('\n')}
</svg>
`;
}
