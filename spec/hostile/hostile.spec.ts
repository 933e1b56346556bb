import { expect } from 'chai';
import { Random } from '../fuzz/random.js';
import { testDatabase } from '../support/mariadb.js';
import { HostileServer } from './hostile-server.js';
import { type Made, randomRequest } from './requests.js';
import { describeEffect, wrong } from './verdict.js';

/** How many random requests are sent, and their bytes. `npm run hostile` sends large ones, for a minute. */
const RANDOM_REQUESTS = 3;
const RANDOM_SIZE = 3e6;

/** The worst that are known, and their bytes: half of what a body may have, because what stops the loop grows with it. */
const WORST_SIZE = 31e6;
const WORST: Readonly<Record<string, Omit<Made, 'size'>>> = {
  'placeholders of an unsupported kind, compressed': {
    method: 'execute: query with args',
    shape: 'a text of placeholders of an unsupported kind',
    encoding: 'UTF-8',
    coding: 'gzip',
  },
  'a statement of quoted names': {
    method: 'query: query',
    shape: 'a text of quoted names',
    encoding: 'UTF-8',
    coding: 'gzip',
  },
  'a long argument in US-ASCII with another letter': {
    method: 'execute: an argument',
    shape: 'a string of an unknown entity at the end',
    encoding: 'US-ASCII with an é of UTF-8',
    coding: 'gzip',
  },
  'many arguments of a procedure': {
    method: 'once of a cursor: params',
    shape: 'a value of empty values',
    encoding: 'UTF-8',
    coding: 'gzip',
  },
};

/** Requests that take some milliseconds each, and are sent at once. */
const TOGETHER: Readonly<Record<string, Made>> = {
  'short ones': {
    method: 'execute: query with args',
    shape: 'a string of comments',
    encoding: 'UTF-8',
    coding: 'identity',
    size: 60e3,
    times: 100,
  },
  'longer ones': {
    method: 'execute: args',
    shape: 'a value of values with comments',
    encoding: 'UTF-8',
    coding: 'identity',
    size: 200e3,
    times: 100,
  },
};

describe('a hostile request', function () {
  this.timeout(60_000);

  let server: HostileServer;

  before(async function () {
    testDatabase(this);
    server = await HostileServer.start();
  });

  after(() => server?.stop());

  /** A stop may be due to the machine: it is measured again, twice. */
  async function check(made: Made): Promise<void> {
    let found: string | undefined;
    for (let attempt = 0; attempt < 3; attempt++) {
      const effect = await server.try(made);
      const reason = wrong(made, effect);
      if (reason === undefined) return;
      found = `${reason}: ${describeEffect(made, effect)}`;
    }
    expect.fail(found);
  }

  for (const [name, made] of Object.entries(WORST)) {
    it(`stops no other for more than 100 ms: ${name}`, () => check({ ...made, size: WORST_SIZE }));
  }

  for (const [name, made] of Object.entries(TOGETHER)) {
    it(`stop no other for more than 100 ms together: ${name}`, () => check(made));
  }

  it('stops no other for more than 100 ms: random ones', async () => {
    const seed = Number(process.env.NETSVC_SEED ?? Date.now() % 2 ** 31);
    console.log(`      seed ${seed}`);
    const random = new Random(seed);
    for (let i = 0; i < RANDOM_REQUESTS; i++) await check(randomRequest(random, RANDOM_SIZE));
  });

  it('has not ended the server', async () => {
    expect(await server.call('execute', 'select 1')).to.contain('<int>1</int>');
  });
});
