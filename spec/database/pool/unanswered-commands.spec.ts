import { expect } from 'chai';
import { answerOf, EndedSession, MARK } from '../../support/ended-session.js';
import { within } from '../../support/within.js';
import { INSERT, PREPARATIONS, preparedServer } from '../lease/preparations.js';

/** Seconds within which a call is answered: MySQL has five for each command of netsvc's own, and two for a ping. */
const ANSWER = 7;

/** Seconds within which a server stops that gives its requests no time. */
const SHUTDOWN = 12;

/** A command of netsvc's own, and what it prepares. */
const COMMANDS: readonly [command: RegExp, preparation: string][] = [
  [/^PING/, 'its connection is pinged'],
  [/^SET net_write_timeout/i, 'the reader of its rows may pause'],
  [/^SET autocommit/i, 'autocommit is turned off for it'],
  [/last_insert_id/i, 'its tables are looked up and LAST_INSERT_ID() is restored for it'],
  [/utf8/i, 'its character set is restored'],
  [/^KILL/, 'it is stopped at its time limit'],
  [/^SHOW WARNINGS/i, 'it is stopped at its time limit'],
  [/^ROLLBACK/, 'its transaction is rolled back at a time limit'],
  [/^RESET/, 'its connection is given to another session'],
];

/** What happens while the answer is missing. */
type Then = (ended: EndedSession, call: Promise<unknown>) => Promise<void>;

const isAnswered = (call: Promise<unknown>) => within(ANSWER, call, 'the answer of the call');

/** An operator ends the session, and another one gets a connection. */
const isEnded = async ({ gateway, session }: EndedSession) => {
  await within(ANSWER, session.closeFor('operator'), 'the end of the session');
  expect(await within(ANSWER, gateway.execute('select 7'), 'a connection')).to.deep.equal([[7]]);
};

const WAYS: Readonly<Record<string, Then>> = {
  'and then nothing': async (ended, call) => {
    await isAnswered(call);
    await isEnded(ended);
  },
  'and then an operator': async (ended, call) => {
    await isEnded(ended);
    await isAnswered(call);
  },
  'and then a shutdown': async (ended, call) => {
    const { done } = await ended.shutDown();
    await within(SHUTDOWN, done, 'the end of the server');
    await isAnswered(call);
  },
};

describe('a command that MySQL never answers', () => {
  const server = preparedServer();

  /** Makes a call, in front of which or behind which the answer to a command is lost, and calls `then`. */
  const lose = async (command: RegExp, preparation: string, then: Then) => {
    const { options, cursorclass, history, cause, call = INSERT } = PREPARATIONS[preparation] ?? { steps: 0 };
    const ended = await EndedSession.start(server.url, { connectWait: 10, ...options }, cursorclass);
    const [method, ...params] = call(ended.number);
    try {
      await history?.(ended);
      const isIt = (text: string) => command.test(text) && !text.includes(MARK);
      const withheld = ended.proxy.withhold('answer', ({ text }) => isIt(text));
      const make = () => answerOf(ended.client.call(method, ...params));
      const caused = cause?.(ended);
      caused?.catch(() => {});
      const made = caused ? undefined : make();
      await within(5, withheld, 'the command');
      await then(ended, made ?? make());
    } finally {
      await ended.stop();
    }
  };

  it('costs a session its connection, never the pool a place, and never the shutdown its end', async () => {
    const failures: string[] = [];
    const all = Object.entries(WAYS).flatMap(([way, then]) =>
      COMMANDS.map(([command, preparation]) =>
        lose(command, preparation, then).catch((error: Error) => failures.push(`${command}, ${way}: ${error.message}`)),
      ),
    );
    await Promise.all(all);
    expect(failures).to.deep.equal([]);
  });
});
