import Table from 'cli-table3';
import { DESCRIPTIONS, NAMES } from './bench-server.js';
import { FIGURES, type Figure, type FigureName, judge, type Samples } from './figures.js';
import { median, summary } from './samples.js';

type AllSamples = Readonly<Record<FigureName, Samples>>;

const SERVERS = [...NAMES, 'mysql2 alone'] as const;

const all = Object.entries(FIGURES) as [FigureName, Figure][];

/** The figure of a server with its spread, and the ratio of netsvc's to it. */
function cell(samples: Samples, server: string, { digits }: Figure, separator: string): string {
  const own = samples.of(server);
  if (own.length === 0) return '';
  const figure = summary(own, digits);
  return server === 'netsvc' ? figure : `${figure}${separator}netsvc: x ${summary(samples.ratios(server), 2)}`;
}

function verdicts(samples: Samples, { floors, more }: Figure): string[] {
  // Not all peers can be built everywhere.
  const measured = floors.filter((floor) => !('of' in floor) || samples.of(floor.of).length > 0);
  return measured.map((floor) => {
    const { reached, text } = judge(samples, floor, more);
    return `${text}: ${reached ? 'reached' : 'NOT REACHED'}`;
  });
}

/** Returns the table for the terminal. */
export function table(samples: AllSamples, circumstances: string): string {
  const table = new Table({ head: ['median [lowest-highest]', ...SERVERS, 'floor'], style: { head: [], border: [] } });
  for (const [name, figure] of all) {
    const cells = SERVERS.map((server) => cell(samples[name], server, figure, '\n'));
    table.push([`${figure.title}, ${figure.unit}`, ...cells, verdicts(samples[name], figure).join('\n')]);
  }
  return `${circumstances}\n${table.toString()}`;
}

/** A section of bench/figures.md. */
function section(samples: Samples, figure: Figure): string {
  const rows = SERVERS.flatMap((server) => {
    const own = samples.of(server);
    if (own.length === 0) return [];
    const ratio = server === 'netsvc' ? '' : summary(samples.ratios(server), 2);
    return [`| ${server} | ${summary(own, figure.digits)} | ${ratio} |`];
  });
  const floors = verdicts(samples, figure);
  const target = floors.length === 0 ? '' : `\nTarget: ${floors.join('; ')}.\n`;
  const head = `| server | ${figure.unit} | netsvc / server |\n| --- | --- | --- |`;
  return `## ${titleOf(figure)}\n\n${head}\n${rows.join('\n')}\n${target}`;
}

function titleOf({ title }: Figure): string {
  return `${title[0]?.toUpperCase()}${title.slice(1)}`;
}

const TERMS = [
  'A small call is `rowcount`; a whole session is cursor, execute by key, fetchone and close. Rows have 7 columns.',
  'Processor time is that of the server; memory is in addition to the idle server.',
].join('\n');

/** bench/figures.md: all figures and the targets of developers. */
export function figuresPage(samples: AllSamples, circumstances: string): string {
  const peers = NAMES.slice(1).map((name) => `- **${name}**: ${DESCRIPTIONS[name]}`);
  return `# Figures and targets

\`npm run bench -- --write\` writes this page, and the tables of docs/performance.md. All servers run at the same time
and are measured alternately, in another order each round, with a MariaDB of their own. The load comes from a separate
process. Ratios are computed within a round, because the speed of the machine varies between rounds. Targets concern the
median. [results.md](results.md) compares releases.

${TERMS}

${peers.join('\n')}
- **mysql2 alone**: mysql2 reads the same rows as arrays, without using them (bench/peers/mysql2-drain.mjs)

${circumstances}; median [lowest-highest].

## Where the time goes

- **A small call**: half of the time is spent in the kernel, which receives the request and wakes the client. node:http
  costs more than the other half, so plain requests do not use it (\`lib/http/fast/fast-connection.ts\`).
- **A whole session**: four requests, one statement, and a reset of the connection by MySQL, which of the other gateways
  only \`C, reset\` makes. The kernel takes nearly half of the time, to wake the client four times and MariaDB twice.
- **Rows** are kept as MySQL sent them and copied into the response, tags eight bytes at a time and text four, without
  values and strings. Reading packets in mysql2 and copying in the kernel take the rest of the time.
- **Beside a fetchall**, other requests wait for at most 128 KB of rows, and for the garbage collector.

${all.map(([name, figure]) => section(samples[name], figure)).join('\n')}`;
}

const PEERS = NAMES.filter((name) => name !== 'netsvc' && name !== 'bare node:http');
/** What docs/performance.md compares with other gateways. */
const COMPARED: readonly FigureName[] = [
  'calls',
  'callProcessor',
  'sessions',
  'sessionProcessor',
  'sessionMysql',
  'rows',
  'firstByte',
  'peak',
  'streamedRows',
  'streamedFirstByte',
  'inserted',
  'bystanderP99',
  'bystanderLongest',
  'idle',
];
/** What docs/performance.md says of netsvc alone. */
const GROWTH: readonly FigureName[] = [
  'callAlone',
  'sessionAlone',
  'manyConnections',
  'manySessions',
  'loggedIn',
  'millionRows',
  'millionStreamedRows',
  'millionPeak',
  'idleP99',
];

function rowTitle(figure: Figure): string {
  return `${titleOf(figure)}, ${figure.unit}`;
}

/** The median of a server. */
function medianOf(samples: Samples, server: string, { digits }: Figure): string {
  return samples.of(server).length === 0 ? '' : median(samples.of(server)).toFixed(digits);
}

/** The sections of docs/performance.md that have the figures of a run, by heading. */
export function pageSections(samples: AllSamples, circumstances: string): Readonly<Record<string, string>> {
  const columns = ['netsvc', ...PEERS.filter((name) => samples.calls.of(name).length > 0)];
  const compared = COMPARED.map((name) => {
    const cells = columns.map((server) => medianOf(samples[name], server, FIGURES[name]));
    return `| ${[rowTitle(FIGURES[name]), ...cells].join(' | ')} |`;
  });
  const growth = GROWTH.map(
    (name) => `| ${rowTitle(FIGURES[name])} | ${medianOf(samples[name], 'netsvc', FIGURES[name])} |`,
  );
  return {
    'Beside other gateways': `${TERMS}

Medians of ${circumstances}.

| what | ${columns.join(' | ')} |
| ---${' | ---'.repeat(columns.length)} |
${compared.join('\n')}
`,
    'Clients, rows and sessions': `Medians of the same rounds, of netsvc.

| what | netsvc |
| --- | --- |
${growth.join('\n')}
`,
  };
}

const BARS: readonly [FigureName, string][] = [
  ['calls', 'trivial calls'],
  ['sessions', 'whole sessions'],
  ['rows', 'rows fetched'],
  ['inserted', 'rows inserted'],
];
const COLOURS: Readonly<Record<string, string>> = {
  netsvc: '#2a6f97',
  'C, reset': '#61a5c2',
  Python: '#bcb8b1',
  Node: '#8a817c',
};
const WIDTH = 760;
const LEFT = 130;
const BAR = 18;

/** docs/performance.svg: the rates relative to the Python gateway's. */
export function chart(samples: AllSamples): string {
  const groups = BARS.map(([name, title]) => {
    const python = median(samples[name].of('Python'));
    const measured = Object.keys(COLOURS).filter((server) => samples[name].of(server).length > 0);
    const bars = measured.map((server) => ({ server, value: median(samples[name].of(server)) }));
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
      const ratio = server === 'Python' ? '' : ` (${times.toFixed(1)} x)`;
      const label = `${Math.round(value).toLocaleString('en')} ${unit}${ratio}`;
      parts.push(`<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR - 3}" fill="${COLOURS[server]}"/>`);
      parts.push(`<text x="${LEFT + Number(width) + 6}" y="${y + BAR - 6}" class="figure">${label}</text>`);
      y += BAR;
    }
    y += 16;
  }
  const legend = Object.entries(COLOURS).map(([server, colour], i) => {
    const box = `<rect x="${LEFT + i * 100}" y="8" width="12" height="12" fill="${colour}"/>`;
    return `${box}<text x="${LEFT + 17 + i * 100}" y="18">${server}</text>`;
  });
  const size = `width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Rates of several gateways">
<style>text { font: 13px sans-serif; fill: #333 } .figure { font-size: 11px }</style>
<rect width="100%" height="100%" fill="#fff"/>
${[...legend, ...parts].join('\n')}
</svg>
`;
}
