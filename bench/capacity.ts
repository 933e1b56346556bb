// Compares the model of capacity-model.ts with a simulation of a million sessions on a hundred instances, for several
// workloads. Exits with status 1 if they differ by more than a tenth. npm run bench:capacity -- --seconds 60
import { parseArgs } from 'node:util';
import { Random } from '../spec/fuzz/random.js';
import { type Load, predict, type Workload } from './capacity-model.js';
import { type Simulated, simulate } from './capacity-simulation.js';

const { values: flags } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
const INSTANCES = 100;
const SESSIONS = 10_000;

/** As measured, in seconds: see docs/performance.md. */
const CALL = 70e-6;
const ROW = 3.5e-6;

const BASE = { sessions: SESSIONS, call: CALL, largeShare: 0, large: 0, statement: 0.002, connections: 10 };

const WORKLOADS: readonly { readonly title: string; readonly workload: Workload }[] = [
  { title: 'a call a minute', workload: { ...BASE, pause: 60 } },
  { title: 'a call in ten seconds', workload: { ...BASE, pause: 10 } },
  { title: 'a call a second', workload: { ...BASE, pause: 1, connections: 30 } },
  {
    title: 'a call in ten seconds, of which one in 100 fetches 10,000 rows',
    workload: { ...BASE, pause: 10, largeShare: 0.01, large: 10_000 * ROW },
  },
  {
    title: 'a call in ten seconds, of 20 ms in MySQL',
    workload: { ...BASE, pause: 10, statement: 0.02, connections: 25 },
  },
];

function average(runs: readonly Simulated[]): Simulated {
  const mean = (of: (run: Simulated) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    callsPerSecond: mean((run) => run.callsPerSecond),
    utilisation: mean((run) => run.utilisation),
    loopWait: mean((run) => run.loopWait),
    slowLoopWait: mean((run) => run.slowLoopWait),
    busyConnections: mean((run) => run.busyConnections),
    connectionWait: mean((run) => run.connectionWait),
  };
}

/** Waits below a millisecond do not matter. */
function differs(model: number, simulated: number): boolean {
  return Math.abs(model - simulated) > 0.1 * Math.max(model, simulated) + 1e-3;
}

const milliseconds = (seconds: number) => (seconds * 1000).toFixed(2);
console.log(`${INSTANCES} instances with ${SESSIONS} sessions each, model / simulation:\n`);
console.log(
  '| each session makes | calls/s of all | core, % | wait for loop, ms | slowest 1 %, ms | connections | wait, ms |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const { title, workload } of WORKLOADS) {
  const model = predict(workload);
  const runs = Array.from({ length: INSTANCES }, (_, i) =>
    simulate(workload, Number(flags.seconds), new Random(i + 1)),
  );
  const simulated = average(runs);
  const both = (of: (load: Load) => number, shown: (value: number) => string) =>
    `${shown(of(model))} / ${shown(of(simulated))}`;
  const cells = [
    title,
    both(
      (load) => load.callsPerSecond * INSTANCES,
      (value) => value.toFixed(0),
    ),
    both(
      (load) => load.utilisation,
      (value) => (value * 100).toFixed(1),
    ),
    both((load) => load.loopWait, milliseconds),
    milliseconds(simulated.slowLoopWait),
    both(
      (load) => load.busyConnections,
      (value) => value.toFixed(1),
    ),
    both((load) => load.connectionWait, milliseconds),
  ];
  console.log(`| ${cells.join(' | ')} |`);
  const figures: readonly (keyof Load)[] = [
    'callsPerSecond',
    'utilisation',
    'loopWait',
    'busyConnections',
    'connectionWait',
  ];
  for (const figure of figures) {
    if (!differs(model[figure], simulated[figure])) continue;
    console.error(`${title}: ${figure} is ${model[figure]} in the model and ${simulated[figure]} in the simulation`);
    process.exitCode = 1;
  }
}
