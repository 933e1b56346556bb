import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import type { Part, Withheld } from '../../support/command-proxy.js';
import { type Answer, EndedSession, type MadeCall } from '../../support/ended-session.js';
import { within } from '../../support/within.js';
import { ENDINGS, type Ending, makeCall } from './endings.js';
import { INSERT, PREPARATIONS, type Preparation, preparedServer } from './preparations.js';

/** The steps that are tried beyond the least number of a preparation. */
const MORE_STEPS = 1;

/** Where the preparation of a statement is stopped. */
interface Step {
  readonly part: Part;
  /** From 1. */
  readonly step: number;
}

describe('a session that ends', () => {
  const server = preparedServer();

  /** Nothing of the session is left on its connection, or in its table. */
  const leavesNothing = async (ended: EndedSession, mayHaveCommitted: boolean) => {
    const { gateway, number } = ended;
    if (gateway.pool.counts.open > 0) {
      await ended.quiet();
      const values = await gateway.execute('select @ended, @@autocommit, @@net_write_timeout < 1000');
      expect(values, 'variables').to.deep.equal([[null, 1, 1]]);
      expect((await faultOf(gateway.execute('select * from leaked'))).code, 'a temporary table').to.equal(1);
    }
    const rows = await server.direct.execute('select count(*) from ended where v = %s', [number]);
    if (!mayHaveCommitted) expect(rows, 'rows of the session').to.deep.equal([[0]]);
  };

  /** Ends a session whose call is at a step. */
  const endCall = async (ended: EndedSession, ending: Ending, call: MadeCall | undefined, withheld: Withheld) => {
    const before = await Promise.race([call?.answer, ended.busy]);
    const isRunning = call !== undefined && before === undefined;
    const waiting = ending.refusesWaiting && isRunning ? makeCall(ended, 'rowcount', []) : undefined;
    // The call does not wait for a lookup of tables in the background.
    const goesOn = /information_schema/i.test(withheld.text);
    const sentBefore = ended.statements;
    const { done } = await ending.begin(ended, call);
    withheld.release();
    await within(2, done, 'the end of the session');
    const sent = goesOn ? ended.statements : sentBefore;
    const answer = call && (await within(2, call.answer, 'the answer of the call'));
    const refused = waiting && (await within(2, waiting.answer, 'the answer of a call that waits'));
    const isDone = answer === 'success' && goesOn;
    if (refused && !isDone) expect(refused, 'a call that waits').to.include({ status: 404 });
    if (ending.leavesOpen) await ended.client.call('close');
    return { answer: isDone ? undefined : answer, sent };
  };

  /** Ends a session at a step. @returns whether there is such a step */
  const endAt = async (preparation: Preparation, ending: Ending, at: Step): Promise<boolean> => {
    const { options, cursorclass, history, call = INSERT } = preparation;
    const ended = await EndedSession.start(server.url, options, cursorclass);
    const [method, ...params] = call(ended.number);
    let made: MadeCall | undefined;
    const make = () => {
      made = (ending.make ?? makeCall)(ended, method, params);
      return made.answer;
    };
    let withheld: Withheld | undefined;
    try {
      await history?.(ended);
      withheld = await withhold(ended, preparation, at, make);
      if (withheld === undefined) return false;
      if (made === undefined && !ending.withoutCall) make();
      const { answer, sent } = await endCall(ended, ending, made, withheld);
      if (answer) expect(answer).to.satisfy(() => isTold(answer, [ending.told, preparation.told]), inspect(answer));
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
      if (ending.withoutCall && preparation.cause === undefined) continue;
      it(`runs nothing more if ${way} while ${what}`, async () => {
        const more = preparation.withheld === undefined ? MORE_STEPS : 0;
        const steps = Array.from({ length: preparation.steps + more }, (_, i) => i + 1);
        const { parts = ['command', 'answer'] } = preparation;
        const all = parts.flatMap((part) => steps.map((step) => ({ part, step })));
        const failures: string[] = [];
        const found = await Promise.all(
          all.map((at) =>
            endAt(preparation, ending, at).catch((error: Error) => {
              failures.push(`${at.part} ${at.step}: ${error.message}`);
              return true;
            }),
          ),
        );
        expect(failures).to.deep.equal([]);
        expect(found.filter((is) => is).length).to.be.at.least(parts.length * preparation.steps);
      });
    }
  }
});

/** Makes what is withheld happen, and waits for it. @returns undefined if there are fewer steps */
async function withhold(
  ended: EndedSession,
  { cause, withheld }: Preparation,
  at: Step,
  make: () => Promise<Answer>,
): Promise<Withheld | undefined> {
  let n = 0;
  const isNext = (text: string) => text.startsWith(withheld ?? '') && ++n === at.step;
  const found = ended.proxy.withhold(at.part, ({ text }) => isNext(text));
  const done = (cause ? cause(ended) : make()).then(() => undefined);
  done.catch(() => {});
  // What has a name of its own begins behind its cause.
  return withheld === undefined ? Promise.race([found, done]) : done.then(() => found);
}

function inspect(answer: Answer): string {
  return `the call is told ${JSON.stringify(answer)}`;
}

function isTold(answer: Answer, told: readonly (RegExp | undefined)[]): boolean {
  if (answer === 'success') return false;
  return answer.status === 404 || told.some((text) => text?.test(answer.text));
}
