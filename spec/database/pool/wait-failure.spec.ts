import { expect } from 'chai';
import { PoolClient } from '#lib/database/pool/pool-client.js';
import { exhausted, type VainWait, waitFailure } from '#lib/database/pool/wait-failure.js';

const COUNTS = { opening: 0, idle: 0, used: 0, parked: 0, pinned: 0, resetting: 0, closing: 0, open: 0, waiting: 1 };
const REFUSED = new Error('Access denied');

/** A pool of three connections that are in use. */
const BUSY: VainWait = {
  seconds: 10,
  client: new PoolClient('ada', true),
  isLimited: false,
  share: 2,
  limit: 3,
  counts: { ...COUNTS, used: 2, pinned: 1, open: 3 },
  unanswered: 0,
  failure: undefined,
};

const SILENT = { ...COUNTS, used: 1, opening: 1, resetting: 1, open: 3 };
const ROOM = { ...COUNTS, used: 2, open: 2 };
const anonymous = new PoolClient<unknown>('10.0.0.7', false);

describe('a request that has waited for a connection in vain', () => {
  const rows: [what: string, wait: Partial<VainWait>, text: string, refusal: object | undefined][] = [
    ['all are in use', {}, 'All 3 MySQL connections were in use for 10 seconds.', { resource: 'connections' }],
    [
      'its user has its share',
      { isLimited: true, failure: REFUSED },
      '2 MySQL connections of user ada were in use for 10 seconds, which is the limit.',
      { resource: 'connections_of_user', user: 'ada' },
    ],
    [
      'its address has its share',
      { isLimited: true, client: anonymous },
      '2 MySQL connections of clients from 10.0.0.7 were in use for 10 seconds, which is the limit.',
      { resource: 'connections_of_user', host: '10.0.0.7' },
    ],
    ['MySQL refuses more', { failure: REFUSED, counts: ROOM }, 'Access denied', undefined],
    [
      'MySQL refuses one that is in the way',
      { failure: REFUSED, counts: { ...ROOM, opening: 1, open: 3 } },
      'Access denied',
      undefined,
    ],
    [
      'MySQL refuses more than are allowed',
      { failure: REFUSED },
      'All 3 MySQL connections were in use for 10 seconds.',
      { resource: 'connections' },
    ],
    [
      'MySQL does not answer',
      { unanswered: 2, counts: SILENT },
      'MySQL did not answer for 10 seconds: of 3 connections, 1 were in use, 1 were being opened and 1 were being reset.',
      { resource: 'connections' },
    ],
  ];
  for (const [what, wait, text, refusal] of rows) {
    it(`is told that ${what}`, () => {
      const failure = waitFailure({ ...BUSY, ...wait });
      expect(Reflect.get(failure, 'details') ?? failure.message).to.equal(text);
      expect(exhausted({ ...BUSY, ...wait })).to.deep.equal(refusal);
    });
  }
});
