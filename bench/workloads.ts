// The workloads, as clients. Each runs in a separate process (`load.ts`).
import { type Answer, array, callIn, callOf, idIn, int, RpcConnection, text } from './rpc-connection.js';

const CONNECTIONS = 16;

export interface Target {
  /** Of the database service. */
  readonly url: string;
  /** The bare server has no sessions: small calls go to its only URL. */
  readonly bare?: boolean;
}

async function open(url: string, timeout = 600, cursorclass?: string): Promise<[RpcConnection, string]> {
  const connection = await RpcConnection.open(url);
  const { pathname } = new URL(url);
  const params = cursorclass === undefined ? [int(timeout)] : [int(timeout), text(cursorclass)];
  return [connection, `${pathname}/${idIn(await connection.call(pathname, callOf('cursor', ...params)))}`];
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;

/** `rowcount` on open cursors: calls per second, and the 99th percentile of their times. */
export async function trivialCalls({ url, bare = false }: Target, seconds: number, connections = CONNECTIONS) {
  const waits: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const [connection, path] = bare ? [await RpcConnection.open(url), new URL(url).pathname] : await open(url);
      const call = callOf('rowcount');
      for (let before = performance.now(); before < end; ) {
        await connection.call(path, call);
        const now = performance.now();
        waits.push(now - before);
        before = now;
      }
      if (!bare) await connection.call(path, callOf('close')).catch(() => {});
      connection.close();
    }),
  );
  waits.sort((a, b) => a - b);
  return { count: waits.length, rate: waits.length / seconds, p99: quantile(waits, 0.99) };
}

/** Makes a call on the database service or on a session of it. */
type Call = (path: string, body: string) => Promise<Answer>;

/** cursor, execute by key, fetchone and close. */
async function wholeSession(call: Call, pathname: string, key: number): Promise<void> {
  const path = `${pathname}/${idIn(await call(pathname, callOf('cursor', int(60))))}`;
  const args = `<array><data>\n<value>${int(key)}</value>\n</data></array>`;
  await call(path, callOf('execute', text('select id, name, amount from t where id = %s'), args));
  const { text: row } = await call(path, callOf('fetchone'));
  if (!row.includes(`name-${key}<`)) throw new Error(`not row ${key}: ${row}`);
  await call(path, callOf('close'));
}

/** cursor, execute by key, fetchone and close: sessions per second. */
export async function wholeSessions({ url }: Target, rows: number, seconds: number, clients = CONNECTIONS) {
  const end = performance.now() + seconds * 1000;
  const { pathname } = new URL(url);
  let count = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const connection = await RpcConnection.open(url);
      for (let key = client + 1; performance.now() < end; key = ((key + clients - 1) % rows) + 1) {
        await wholeSession((path, body) => connection.call(path, body), pathname, key);
        count++;
      }
      connection.close();
    }),
  );
  return { count, rate: count / seconds };
}

/** The same in one call of `session`: sessions per second. */
export async function sessionsInOneCall({ url }: Target, rows: number, seconds: number) {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, client) => {
      const connection = await RpcConnection.open(url);
      for (let key = client + 1; performance.now() < end; key = ((key + CONNECTIONS - 1) % rows) + 1) {
        const execute = callIn('execute', text('select id, name, amount from t where id = %s'), array(int(key)));
        const answer = await connection.call(
          new URL(url).pathname,
          callOf('session', array(execute, callIn('fetchone'))),
        );
        if (!answer.text.includes(`name-${key}<`)) throw new Error(`not row ${key}: ${answer.text}`);
        count++;
      }
      connection.close();
    }),
  );
  return { count, rate: count / seconds };
}

/** `wholeSessions`, with a connection for each call. */
export async function reconnectingSessions({ url }: Target, rows: number, seconds: number) {
  const end = performance.now() + seconds * 1000;
  const { pathname } = new URL(url);
  let count = 0;
  const call: Call = async (path, body) => {
    const connection = await RpcConnection.open(url);
    const answer = await connection.call(path, body);
    connection.close();
    return answer;
  };
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, client) => {
      for (let key = client + 1; performance.now() < end; key = ((key + CONNECTIONS - 1) % rows) + 1) {
        await wholeSession(call, pathname, key);
        count++;
      }
    }),
  );
  return { count, rate: count / seconds };
}

/** execute and fetchall of many rows: rows per second, and milliseconds from execute to the first byte of a row. */
export async function fetchAll({ url }: Target, rows: number, cursorclass?: string) {
  const [connection, path] = await open(url, 600, cursorclass);
  const started = performance.now();
  await connection.call(path, callOf('execute', text(`select * from t limit ${rows}`)));
  const executed = performance.now() - started;
  const { text: end, firstByte, length } = await connection.call(path, callOf('fetchall'));
  const seconds = (performance.now() - started) / 1000;
  if (!/<\/methodResponse>\s*(0\r\n\r\n)?$/.test(end)) throw new Error(`the answer breaks off: ${end}`);
  await connection.call(path, callOf('close'));
  connection.close();
  return { rate: rows / seconds, firstByte: executed + firstByte, megabytes: length / 1e6 };
}

/** One executemany of many rows of four columns into an empty table: rows per second. */
export async function executeMany({ url }: Target, rows: number) {
  const [connection, path] = await open(url);
  const table = `many_${process.pid}`;
  await connection.call(
    path,
    callOf(
      'execute',
      text(`create table ${table} (id int primary key, name varchar(40), score double, made datetime)`),
    ),
  );
  const all = Array.from(
    { length: rows },
    (_, i) =>
      `<value><array><data>\n<value>${int(i)}</value>\n<value>${text(`customer number ${i}`)}</value>\n<value>` +
      `<double>${i / 7}</double></value>\n<value>${text('2026-01-01 10:00:00')}</value>\n</data></array></value>\n`,
  );
  const call = callOf(
    'executemany',
    text(`insert into ${table} values (%s, %s, %s, %s)`),
    `<array><data>\n${all.join('')}</data></array>`,
  );
  const started = performance.now();
  const { text: answer } = await connection.call(path, call);
  const seconds = (performance.now() - started) / 1000;
  if (!answer.includes(`>${rows}<`)) throw new Error(`not ${rows} rows: ${answer}`);
  await connection.call(path, callOf('execute', text(`drop table ${table}`)));
  connection.close();
  return { rate: rows / seconds };
}

/** Opens sessions and leaves them idle. */
export async function openSessions({ url }: Target, sessions: number) {
  const { pathname } = new URL(url);
  const call = callOf('cursor', int(600));
  let left = sessions;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const connection = await RpcConnection.open(url);
      while (left-- > 0) await connection.call(pathname, call);
      connection.close();
    }),
  );
  return {};
}

/** Makes small calls one at a time until `other` has ended, and measures their times. */
export async function bystander({ url }: Target, other: Promise<unknown>) {
  const [first, path] = await open(url);
  let connection = first;
  const call = callOf('rowcount');
  const waits: number[] = [];
  let ended = false;
  void other.finally(() => {
    ended = true;
  });
  while (!ended) {
    const before = performance.now();
    // A server that was stopped for longer than its keep-alive time-out closes the connection when it reads the call.
    for (let answered = false; !answered; ) {
      answered = await connection.call(path, call).then(
        () => true,
        () => false,
      );
      if (!answered) connection = await RpcConnection.open(url);
    }
    waits.push(performance.now() - before);
  }
  connection.close();
  waits.sort((a, b) => a - b);
  return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99), longest: waits.at(-1) ?? Number.NaN };
}
