// Drives a session and echoes values, as python.py does, with one of npm's clients: javascript.mjs PACKAGE URL VALUES,
// or javascript.mjs PACKAGE URL one-call

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Each client's way to call a method. All give null for nil. */
const CLIENTS = {
  xmlrpc(url) {
    const { hostname: host, port, pathname: path } = new URL(url);
    const client = require('xmlrpc').createClient({ host, port, path });
    return (method, params) =>
      new Promise((resolve, reject) =>
        client.methodCall(method, params, (error, value) => (error ? reject(error) : resolve(value))),
      );
  },

  '@foxglove/xmlrpc'(url) {
    const { XmlRpcClient } = require('@foxglove/xmlrpc');
    const client = new XmlRpcClient(url);
    return (method, params) => client.methodCall(method, params);
  },

  davexmlrpc(url) {
    const { client } = require('davexmlrpc');
    // It reports HTTP errors to the console, and to its caller as neither an error nor a value.
    console.log = () => {};
    return (method, params) =>
      new Promise((resolve, reject) =>
        client(url, method, params, 'xml', (error, value) => (error ? reject(error) : resolve(value))),
      );
  },
};

const show = (...result) => process.stdout.write(`${JSON.stringify(result)}\n`);

const isFault = (error) => (error.faultCode ?? error.code) !== undefined && error.faultString !== undefined;
const faultOf = (error) => [error.faultCode ?? error.code, error.faultString];

async function fault(answer) {
  try {
    return await answer;
  } catch (error) {
    if (!isFault(error)) throw error;
    return faultOf(error);
  }
}

function valueFrom(kind, text) {
  switch (kind) {
    case 'int':
      return Number(text);
    case 'double':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'nil':
      return null;
    case 'base64':
      return Buffer.from(text, 'hex');
    case 'dateTime':
      return new Date(text.replace(/(....)(..)(..)T/, '$1-$2-$3T'));
    default:
      return text;
  }
}

/** What came back, as [type, text]. */
function tagged(value) {
  if (value === null) return ['nil', ''];
  if (value === undefined) return ['nothing', ''];
  if (typeof value === 'number')
    return [Number.isInteger(value) ? 'int' : 'double', Object.is(value, -0) ? '-0' : String(value)];
  if (value instanceof Uint8Array) return ['base64', Buffer.from(value).toString('hex')];
  if (value instanceof Date) return ['dateTime', value.toISOString()];
  return [typeof value, typeof value === 'object' ? JSON.stringify(value) : String(value)];
}

async function oneCall() {
  const listed = (methodName, ...params) => ({ methodName, params });
  const rows = 'select seq, nullif(seq, 1) from numbers where seq < 3';
  const insert = 'insert into one_call values (%s)';
  show('query', await database('query', [rows]));
  show('change', await database('query', [insert, [5]]));
  show('transaction', await database('transaction', [[[insert, [6]], [rows]], { readonly: false }]));
  const opened = await database('session', [[listed('execute', rows), listed('fetchall')], { timeout: 30 }]);
  show('session', opened.results);
  const session = connect(`${url}/${opened.id}`);
  const calls = [listed('touch'), listed('description'), listed('missing'), listed('touch')];
  show('batch', await session('batch', [calls]));
  show('once', await session('once', [1, 'query', [rows]]));
  show('again', await session('once', [1, 'query', [rows]]));
  show('touch', await session('touch', []));
  const seconds = await session('ping', []);
  show('ping', seconds > 20 && seconds <= 30);
  show('close', await session('close', []));
}

const [, , name, url, values] = process.argv;
const connect = CLIENTS[name];
const database = connect(url);
if (values === 'one-call') {
  await oneCall();
  process.exit();
}
const cursor = connect(`${url}/${await database('cursor', [30])}`);
const { version } = JSON.parse(
  readFileSync(require.resolve(name).replace(/(node_modules\/(@[^/]+\/)?[^/]+\/).*/, '$1package.json')),
);
show('version', `${name} ${version}`);

show('execute', await cursor('execute', ['select seq, %s from numbers where seq < %s', ["it's höpper", 6]]));
show('description', await cursor('description', []));
show('fetchone', await cursor('fetchone', []));
show('fetchmany', await cursor('fetchmany', [2]));
show('fetchall', await cursor('fetchall', []));
show('exhausted', await cursor('fetchmany', [2]));
show('rowcount', await cursor('rowcount', []));

for (const [number, line] of readFileSync(values, 'utf8').split('\n').slice(0, -1).entries()) {
  const [kind, text] = line.split('\t');
  try {
    const decoded = Buffer.from(text, 'hex').toString();
    await cursor('execute', kind === 'sql' ? [`select ${decoded}`] : ['select %s', [valueFrom(kind, decoded)]]);
  } catch (error) {
    show(number, ...(isFault(error) ? ['refused', faultOf(error).join(' ')] : ['not sent', error.message]));
    continue;
  }
  try {
    const row = await cursor('fetchone', []);
    show(number, ...tagged(row[0]));
  } catch (error) {
    show(number, 'not read', String(error?.message));
  }
}

show('named count', await cursor('execute', ["select %(a)s, '100%%'", { a: 1.5 }]));
show('named', await cursor('fetchall', []));
show('missing', await fault(cursor('execute', ['select * from missing'])));
await cursor('execute', ['create temporary table t (id int primary key)']);
show('executemany', await cursor('executemany', ['insert into t values (%s)', [[1], [2]]]));
show('duplicate', await fault(cursor('execute', ['insert into t values (1)'])));
show('unknown', await fault(cursor('unknown', [])));
show('timeout', await fault(database('cursor', [-1])));
show('close', await cursor('close', []));
try {
  show('closed', (await cursor('rowcount', [])) ?? 'nothing');
} catch (error) {
  show('closed', error.res?.statusCode ?? Number(/returned (\d+)/.exec(error.message)?.[1]));
}
