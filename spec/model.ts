// npm run model: the specs whose cases are random or depend on timing, with many more of them than npm test runs.
import { spawnSync } from 'node:child_process';

const SPECS = [
  'database/pool/running-statement',
  'database/statements/injection',
  'database/lease/multiplexing',
  'database/names/random-schemas',
  'database/calls/repeated-calls',
  'database/rows/row-encoder',
  'reliability/many-sessions',
  'reliability/once',
  'xmlrpc/fast-tokenizer',
];

const { status } = spawnSync(
  'npx',
  [
    'mocha',
    '--no-config',
    '--timeout',
    '30000',
    '--require',
    'build/spec/support/mariadb.js',
    ...SPECS.map((spec) => `build/spec/${spec}.spec.js`),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      NETSVC_SEQUENCES: '10000',
      NETSVC_LISTS: '200',
      NETSVC_SCHEMAS: '1000',
      NETSVC_SESSIONS: '10000',
      NETSVC_ARGUMENTS: '100000',
      NETSVC_INSERTS: '10000',
      NETSVC_CANCELLATIONS: '400',
      NETSVC_RUNS: '20',
    },
  },
);
process.exitCode = status ?? 1;
