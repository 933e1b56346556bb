import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import type { Part, Withheld } from '../../support/command-proxy.js';
import { DatabaseGateway, type GatewayOptions } from '../../support/database-gateway.js';
import { type Answer, answerOf, EndedSession, MARK } from '../../support/ended-session.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { until } from '../../support/until.js';

/** A call of the session with the number. */
type Call = (number: number) => [method: string, ...params: unknown[]];

const execute =
  (statement: string): Call =>
  (number) => ['execute', `${statement.replace('{v}', String(number))} ${MARK}`];
const INSERT = execute('insert into ended values ({v})');

/** More than any preparation has. */
const MAX_STEPS = 20;

/** How a session comes to run a statement. */
interface Preparation {
  readonly options?: GatewayOptions;
  readonly cursorclass?: string;
  /** What the session has done before. */
  readonly history?: (ended: EndedSession) => Promise<unknown>;
  /** Causes the commands that are withheld; by default it is the call. Otherwise the call waits for them. */
  readonly cause?: (ended: EndedSession) => Promise<unknown>;
  /** The beginning of those that are; by default all are. */
  readonly withheld?: string;
  readonly call?: Call;
  /** What the client may have been told before. */
  readonly told?: RegExp;
  /** The call commits nothing. */
  readonly inTransaction?: boolean;
  /** The least number of commands. */
  readonly steps: number;
}

/** A connection is idle. */
const connected = async ({ gateway }: EndedSession) => {
  await gateway.execute('select 1');
  await until(() => gateway.pool.counts.idle === 1);
};
const parked = ({ gateway }: EndedSession) => until(() => gateway.pool.counts.parked === 1);
const batch =
  (...statements: string[]): Call =>
  (number) => [
    'batch',
    statements
      .map((statement) => execute(statement)(number))
      .map(([methodName, ...params]) => ({ methodName, params })),
  ];

/** The table becomes unknown to the gateway. */
const forgetTables = async (ended: EndedSession) => {
  await ended.gateway.execute('create or replace view forgotten as select 1');
  await connected(ended);
};

const PREPARATIONS: Readonly<Record<string, Preparation>> = {
  'a connection is opened for it': { steps: 4 },
  'its connection is pinged': {
    steps: 2,
    history: async (ended) => {
      await ended.client.execute('select 1');
      await delay(1050);
    },
  },
  'the reader of its rows may pause': {
    steps: 2,
    cursorclass: 'SSCursor',
    history: connected,
  },
  'autocommit is turned off for it': {
    steps: 2,
    options: { autocommit: false },
    history: connected,
  },
  'its tables are looked up and LAST_INSERT_ID() is restored for it': {
    steps: 2,
    history: async (ended) => {
      await ended.client.execute('insert into counted values ()');
      await parked(ended);
      await forgetTables(ended);
    },
    call: execute('insert into ended values (last_insert_id() * 0 + {v})'),
  },
  'its character set is restored': {
    steps: 2,
    history: ({ client }) => client.execute('set names latin1'),
    call: execute("insert into ended values (length('é') * 0 + {v})"),
  },
  'it is stopped at its time limit': {
    steps: 3,
    options: { queryTimeout: 0.3 },
    history: connected,
    // MariaDB's KILL waits if several connections run SLEEP().
    call: execute("select get_lock('held', 20)"),
    told: /The statement took more than 0\.3 seconds/,
  },
  'it is one of several': {
    steps: 4,
    history: ({ client }) => client.execute('select 1'),
    call: batch(
      'set @ended = 42',
      'create temporary table leaked select 1 as v',
      'begin',
      'insert into ended values ({v})',
      'select 1',
    ),
    inTransaction: true,
  },
  'its transaction is rolled back at a time limit': {
    steps: 1,
    options: { idleTransactionTimeout: 0.3 },
    cause: async ({ client, number }) => {
      await client.call('begin');
      await client.execute('insert into ended values (%s)', [number]);
    },
    withheld: 'ROLLBACK',
    told: /The transaction was idle for more than 0\.3 seconds/,
    inTransaction: true,
  },
  'its connection is given to another session': {
    steps: 2,
    history: async (ended) => {
      await ended.client.execute('select 1');
      await parked(ended);
    },
    cause: ({ gateway }) => gateway.execute('select 1'),
  },
};

/** How a session ends. */
interface Ending {
  /** Resolves when the end has begun. */
  readonly begin: (ended: EndedSession) => Promise<{ readonly done: Promise<unknown> }>;
  /** What the client of the running call is told. */
  readonly told: RegExp;
}

const isGone = (ended: EndedSession) =>
  until(() => !ended.isOpen, 1).catch(() => {
    throw new Error('the session is still open: its end waits for the call');
  });

const ENDINGS: Readonly<Record<string, Ending>> = {
  'its client closes it': {
    begin: async (ended) => {
      const done = ended.client.call('close');
      done.catch(() => {});
      await isGone(ended);
      return { done };
    },
    told: /Session closed/,
  },
  'an operator closes it': {
    begin: async ({ session }) => ({ done: session.closeByOperator() }),
    told: /Session closed by an operator/,
  },
  'the server shuts down': {
    begin: (ended) => ended.shutDown(),
    told: /The server is shutting down\./,
  },
};

/** A statement of the session is withheld at one of its steps. */
interface Withholding {
  readonly part: Part;
  /** From 1. */
  readonly step: number;
}

describe('a session that ends', () => {
  let url: string;
  let direct: DatabaseGateway;

  before(async function () {
    url = testDatabase(this);
    direct = await DatabaseGateway.start(url, { connections: 20 });
    await recreate(direct, 'table ended (v int) engine=InnoDB');
    await recreate(direct, 'table counted (id int auto_increment primary key)');
    await (await direct.cursor()).execute("select get_lock('held', 0)");
  });

  after(() => direct?.stop());

  /** Makes what is withheld happen, and waits for it. @returns undefined if there are fewer steps */
  const withhold = (ended: EndedSession, preparation: Preparation, at: Withholding, begin: () => Promise<unknown>) => {
    const { cause, withheld } = preparation;
    let n = 0;
    const isNext = (text: string) => text.startsWith(withheld ?? '') && ++n === at.step;
    const found = ended.proxy.withhold(at.part, ({ text }) => isNext(text));
    const done = (cause ? cause(ended) : begin()).then(() => undefined);
    done.catch(() => {});
    // What has a name of its own begins behind its cause.
    return withheld === undefined ? Promise.race([found, done]) : done.then(() => found);
  };

  /** Nothing of the session is left on its connection, or in its table. */
  const leavesNothing = async (ended: EndedSession, mayHaveCommitted: boolean) => {
    const { gateway, number } = ended;
    const isOpen = gateway.pool.counts.open > 0;
    if (isOpen) {
      await ended.quiet();
      const next = await gateway.cursor();
      expect(await next.rows('select @ended, @@autocommit, @@net_write_timeout < 1000')).to.deep.equal([[null, 1, 1]]);
      expect((await faultOf(next.execute('select * from leaked'))).code, 'a temporary table').to.equal(1);
      await next.call('close');
    }
    const rows = (await direct.execute('select count(*) from ended where v = %s', [number])) as number[][];
    if (!mayHaveCommitted) expect(rows, 'rows of the session').to.deep.equal([[0]]);
  };

  /** Ends a session at a step. @returns whether there is such a step */
  const endAt = async (preparation: Preparation, ending: Ending, at: Withholding): Promise<boolean> => {
    const { options = {}, cursorclass, history, call = INSERT } = preparation;
    const ended = await EndedSession.start(url, options, cursorclass);
    let withheld: Withheld | undefined;
    try {
      await history?.(ended);
      let answer: Promise<Answer> | undefined;
      const begin = () => {
        answer = answerOf(ended.client.call(...call(ended.number)));
        return answer;
      };
      withheld = await withhold(ended, preparation, at, begin);
      if (withheld === undefined) return false;
      answer ??= begin();
      await Promise.race([answer, until(() => ended.session.activity.running)]);
      const waiting = answerOf(ended.client.call('rowcount'));
      const sent = ended.statements;
      const { done } = await ending.begin(ended);
      withheld.release();
      await soon(done, 'the end of the session');
      const told = await soon(answer, 'the answer of the call');
      expect(told).to.satisfy(() => isTold(told, [ending.told, preparation.told]), JSON.stringify(told));
      await soon(waiting, 'the answer of a call that waits');
      await leavesNothing(ended, sent > 0 && !preparation.inTransaction);
      expect(ended.statements, 'statements of the session').to.equal(sent);
      return true;
    } finally {
      withheld?.release();
      await ended.stop();
    }
  };

  for (const [what, preparation] of Object.entries(PREPARATIONS)) {
    for (const [way, ending] of Object.entries(ENDINGS)) {
      it(`runs nothing more if ${way} while ${what}`, async () => {
        const steps = preparation.withheld === undefined ? MAX_STEPS : 1;
        const all = Array.from({ length: steps }, (_, i) => i + 1).flatMap((step) =>
          (['command', 'answer'] as const).map((part) => ({ step, part })),
        );
        const failures: string[] = [];
        const found = await Promise.all(
          all.map(async (at) => {
            try {
              return await endAt(preparation, ending, at);
            } catch (error) {
              failures.push(`${at.part} ${at.step}: ${(error as Error).message}`);
              return true;
            }
          }),
        );
        expect(failures).to.deep.equal([]);
        expect(found.filter((is) => is).length).to.be.at.least(2 * preparation.steps);
      });
    }
  }
});

function isTold(answer: Answer, told: readonly (RegExp | undefined)[]): boolean {
  if (answer === 'success') return false;
  return answer.status === 404 || (answer.code === 58 && told.some((text) => text?.test(answer.text)));
}

async function soon<T>(answer: Promise<T>, what: string): Promise<T> {
  const late = new AbortController();
  const failure = delay(2000, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what} does not come`);
  });
  try {
    return await Promise.race([answer, failure]);
  } finally {
    failure.catch(() => {});
    late.abort();
  }
}
