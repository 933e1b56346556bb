import { expect } from 'chai';
import { answerOf, EndedSession } from '../../support/ended-session.js';
import { PREPARATIONS, preparedServer } from './preparations.js';

/** A command of netsvc's own in front of a statement, and what it prepares. */
interface Failing {
  readonly command: RegExp;
  readonly preparation: string;
  /** A query whose answer depends on it. */
  readonly query: string;
  readonly expected: unknown;
}

const FAILING: Readonly<Record<string, Failing>> = {
  'that turns off autocommit': {
    command: /^SET autocommit/i,
    preparation: 'autocommit is turned off for it',
    query: 'select @@autocommit',
    expected: [[0]],
  },
  'that lets the reader pause': {
    command: /^SET net_write_timeout/i,
    preparation: 'the reader of its rows may pause',
    query: 'select @@net_write_timeout > 1000',
    expected: [[1]],
  },
  'that restores LAST_INSERT_ID()': {
    command: /^SET.*insert_id/i,
    preparation: 'its tables are looked up and LAST_INSERT_ID() is restored for it',
    query: 'select last_insert_id() > 0',
    expected: [[1]],
  },
  'that restores the character set': {
    command: /^SET.*utf8/i,
    preparation: 'its character set is restored',
    query: "select 'é€'",
    expected: [['é€']],
  },
};

describe('a statement of the gateway that is killed', () => {
  const server = preparedServer();

  beforeEach(() => server.direct.execute('truncate table ended'));

  /** Stops the statement that the first call of a session needs, and goes on with the session. */
  const afterKill = async (
    { command, preparation, query }: Failing,
    then: (ended: EndedSession) => Promise<void>,
  ): Promise<void> => {
    const { options, cursorclass, history } = PREPARATIONS[preparation] ?? { steps: 0 };
    const ended = await EndedSession.start(server.url, options, cursorclass);
    try {
      await history?.(ended);
      const interrupted = ended.proxy.interrupt(({ text }) => command.test(text));
      const answer = answerOf(ended.client.execute(query));
      await interrupted;
      await answer;
      await then(ended);
    } finally {
      await ended.stop();
    }
  };

  for (const [what, failing] of Object.entries(FAILING)) {
    it(`leaves the session as it is: one ${what}`, () =>
      afterKill(failing, async ({ client }) => {
        await client.call('fetchall').catch(() => {});
        expect(await client.rows(failing.query)).to.deep.equal(failing.expected);
      }));
  }

  it('commits nothing of a session without autocommit', () =>
    afterKill(FAILING['that turns off autocommit'] as Failing, async ({ client }) => {
      await client.execute('insert into ended values (1)');
      await client.call('rollback');
      expect(await server.direct.execute('select * from ended')).to.deep.equal([]);
    }));
});
