import { setTimeout as wait } from 'node:timers/promises';
import { callBody } from '../support/call-body.js';
import { Compressed, call, open, type Sender, send } from './client.js';

/** Does something that harms others if there is no limit, and returns the outcomes of its calls. */
export type Attack = (sender: Sender) => Promise<readonly string[]>;

const PATH = '/siege';
const MB = 1024 ** 2;

/** Seconds of the timeouts of sessions that are left open. */
const TIMEOUT = 5;

let number = 0;

const execute = (query: string, args?: unknown) => callBody('execute', args === undefined ? [query] : [query, args]);

/** Sends a large document, compressed once. */
function large(document: () => string | Buffer, headers?: Readonly<Record<string, string>>): Attack {
  const compressed = new Compressed(document);
  return async (sender) => [await send(sender, PATH, compressed, { ...(headers && { headers }) }).outcome];
}

/** Runs statements in a session, and closes it or leaves it. */
function statements(queries: readonly string[], { leave = false } = {}): Attack {
  return async (sender) => {
    const session = await open(sender, PATH, TIMEOUT);
    if (session === undefined) return ['no session'];
    const outcomes: string[] = [];
    for (const query of queries)
      outcomes.push(await call(sender, session, 'execute', query.replaceAll('{n}', `${++number}`)));
    if (!leave) outcomes.push(await call(sender, session, 'close'));
    return outcomes;
  };
}

/** Does the same many times at once. */
function many(times: number, attack: Attack): Attack {
  return async (sender) => (await Promise.all(Array.from({ length: times }, () => attack(sender)))).flat();
}

/** Makes calls whose responses are not read for some seconds. */
function unread(query: string, method: string, params: readonly unknown[]): Attack {
  return async (sender) => {
    const session = await open(sender, PATH, TIMEOUT);
    if (session === undefined) return ['no session'];
    const executed = await call(sender, session, 'execute', query);
    const { request } = send(sender, session, callBody(method, params), { unread: true });
    await wait(3000);
    request.destroy();
    return [executed];
  };
}

const nested = '<value><array><data><value/></data></array></value>';

const waiting = new Compressed(
  () =>
    `<methodCall><methodName>execute</methodName><params><param><value>select 1</value></param><param><value><array>` +
    `<data>${nested.repeat((62 * MB) / nested.length)}</data></array></value></param></params></methodCall>`,
);

/** Arguments that take much memory while their call waits for another. */
const waitingArguments: Attack = async (sender) => {
  const session = await open(sender, PATH, TIMEOUT);
  if (session === undefined) return ['no session'];
  const first = send(sender, session, execute('select sleep(4)'));
  const rest = Array.from({ length: 10 }, () => send(sender, session, waiting));
  const outcomes = await Promise.race([Promise.all(rest.map(({ outcome }) => outcome)), wait(4000, [])]);
  for (const { request } of [first, ...rest]) request.destroy();
  return outcomes;
};

/** Disconnects at the first byte of a wide result, which is partly in a file. */
const hangUp: Attack = async (sender) => {
  const columns = Array.from({ length: 2000 }, (_, i) => `1 as ${'c'.repeat(50)}${i}`).join(', ');
  const query = `select ${columns}, repeat('x', 9000) as big from seq_1_to_2000`;
  const { request } = send(sender, PATH, callBody('query', [query]), { unread: true });
  const began = await Promise.race([new Promise((resolve) => request.once('response', resolve)), wait(5000)]);
  request.destroy();
  return [began === undefined ? 'no answer in 5 s' : 'answered'];
};

const tables = () => Array.from({ length: 99 }, (_, i) => `t${i}_${Math.floor(Math.random() * 1e9)}`).join(', ');

const lookups: Attack = async (sender) => {
  const outcomes: string[] = [];
  for (let i = 0; i < 20; i++) {
    outcomes.push(await call(sender, PATH, 'execute', `select 1 from ${tables()}`));
    outcomes.push(await call(sender, PATH, 'execute', 'alter table nosuch add x int'));
  }
  return outcomes;
};

const ascii = () => {
  const rest = Buffer.alloc(60 * MB, 'x');
  const head = '<methodCall><methodName>execute</methodName><params><param><value><string>';
  return Buffer.concat([
    Buffer.from(`${head}\u00e9</string></value></param><param><value>`),
    rest,
    Buffer.from('&lt;</value></param></params></methodCall>'),
  ]);
};

const list = (calls: number, query: string) => [
  Array.from({ length: calls }, () => ({ methodName: 'query', params: [query] })),
];

/** What a user can do, by name. */
export const USER_ATTACKS: Readonly<Record<string, Attack>> = {
  'placeholders without arguments': large(() => execute('%x'.repeat(24 * MB), [1])),
  'placeholders with few arguments': large(() => execute('%s'.repeat(30 * MB), [1])),
  'named placeholders': large(() => execute('%(a)s,'.repeat(10 * MB), { a: 1 })),
  'percent signs': large(() => execute(`select '${'%%'.repeat(7 * MB)}'`, [])),
  'arguments that wait': waitingArguments,
  'a body that is not in its encoding': large(ascii, { 'Content-Type': 'text/xml; charset=us-ascii' }),
  'a statement of names': large(() => execute(`select 1 from ${'`a`,'.repeat(3.9 * MB)}\`a\``)),
  'a statement of words': large(() => execute(`select ${'a,'.repeat(7.9 * MB)}a`)),
  'a statement of parentheses': large(() => execute(`select ${'('.repeat(15.9 * MB)}`)),
  'a statement of blanks': large(() => execute(`select ${' '.repeat(60 * MB)}1`)),
  'a large argument in bytes': large(() => execute('select length(%s)', [Buffer.alloc(40 * MB)])),
  'a large argument in text': large(() => execute('select length(%s)', ["'\\".repeat(20 * MB)])),
  'rows of executemany': large(() =>
    callBody('executemany', ['insert into mallory (v) values (%s)', Array.from({ length: 300_000 }, (_, i) => [i])]),
  ),
  'elements that are never closed': large(() => '<methodCall>'.repeat(5 * MB)),
  'a long name of a method': large(() => callBody('x'.repeat(60 * MB), [])),
  'large rows, unread': unread("select repeat('a', 15000000) from seq_1_to_16", 'fetchmany', [16]),
  'a large row, unread': unread("select repeat('a', 15000000), repeat('b', 15000000)", 'fetchone', []),
  'many rows, unread': unread("select seq, repeat('a', 1000) from seq_1_to_100000", 'fetchall', []),
  'a kept answer, unread': unread("select repeat('a', 1000) from seq_1_to_50000", 'once', [1, 'fetchall', []]),
  'results at which it hangs up': hangUp,
  'tables that do not exist': lookups,
  'sessions in transactions': many(60, statements(['begin', 'insert into mallory (v) values (1)'], { leave: true })),
  'sessions with variables': many(60, statements(['set @a = 1', 'select sleep(0.1)'], { leave: true })),
  'sessions that sleep': many(60, statements(['select sleep(2)'])),
  'sessions, opened and left': many(300, statements([], { leave: true })),
  'mistyped statements': many(60, statements(['selec 1', 'select nosuch(1)'], { leave: true })),
  'prepared XA transactions': many(
    10,
    statements(["xa start 'x{n}'", 'insert into mallory (v) values (1)', 'select 1'], { leave: true }),
  ),
  'temporary tables': statements(
    [
      "create temporary table big as select repeat('x', 1000) as x, seq from seq_1_to_50000",
      'select count(*) from big',
    ],
    { leave: true },
  ),
  'locks, roles and settings': many(
    20,
    statements(
      ["select get_lock('mallory', 1)", "set names gbk, sql_mode = 'NO_BACKSLASH_ESCAPES'", 'set autocommit = 0'],
      { leave: true },
    ),
  ),
  'statements that wait': many(300, statements(['select sleep(0.3)'])),
  'sessions that create and drop tables': many(
    5,
    statements(['create table d{n} (id int)', 'drop table if exists nosuch', 'call nosuch()']),
  ),
  'statements that fail': many(100, async (sender) => [await call(sender, PATH, 'query', 'select * from nosuch')]),
  'lists of calls': async (sender) => [await call(sender, PATH, 'session', ...list(1000, 'select 1'))],
  'lists of large results': async (sender) => [
    await call(sender, PATH, 'session', ...list(50, "select repeat('a', 1000) from seq_1_to_20000")),
  ],
  'a statement that stores much': async (sender) => [
    await call(sender, PATH, 'query', "select repeat('a', 100000) from seq_1_to_3000"),
  ],
};
