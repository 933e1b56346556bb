// A gateway in Node.js: the xmlrpc package's serialiser and deserialiser on node:http, and a pool of mysql2.
//
//   node node-gateway.mjs SOCKET DATABASE
//
// POST /database has cursor and execute; POST /database/<id> has execute, executemany, fetchone, fetchall, rowcount and
// close. The rows of a statement are stored with its session. Prints its URL when it is ready.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import mysql from 'mysql2/promise';

const require = createRequire(import.meta.url);
const Deserializer = require('xmlrpc/lib/deserializer');
const { serializeFault, serializeMethodResponse } = require('xmlrpc/lib/serializer');

const [, , socketPath, database] = process.argv;
const pool = mysql.createPool({
  socketPath,
  database,
  user: 'root',
  connectionLimit: 16,
  rowsAsArray: true,
  supportBigNumbers: true,
  dateStrings: true,
});

const sessions = new Map();
let last = 0;

async function run(query, args = []) {
  const [result] = await pool.query(query.replaceAll('%s', '?'), args);
  return Array.isArray(result) ? { rows: result, count: result.length } : { rows: [], count: result.affectedRows };
}

const service = {
  cursor(timeout = 60) {
    const id = String(++last);
    sessions.set(id, { rows: [], count: -1, next: 0, timeout, deadline: Date.now() + timeout * 1000 });
    return id;
  },
  async execute(query, args) {
    const { rows, count } = await run(query, args);
    return rows.length > 0 ? rows : count;
  },
};

const methods = {
  async execute(session, query, args) {
    Object.assign(session, await run(query, args), { next: 0 });
    return session.count;
  },
  async executemany(session, query, rows) {
    const group = /\((?:%s(?:,\s*)?)+\)\s*$/.exec(query)[0];
    const marks = rows.map(() => group).join(',');
    Object.assign(session, await run(query.slice(0, -group.length) + marks, rows.flat()), { next: 0 });
    return session.count;
  },
  fetchone: (session) => session.rows[session.next++] ?? null,
  fetchall: (session) => session.rows.slice(session.next),
  rowcount: (session) => session.count,
};

async function answer(path, method, params) {
  if (path === '/database') return service[method](...params);
  const id = path.slice('/database/'.length);
  const session = sessions.get(id);
  if (session === undefined) throw new Error('no such session');
  session.deadline = Date.now() + session.timeout * 1000;
  if (method === 'close') return Number(!sessions.delete(id));
  return methods[method](session, ...params);
}

setInterval(() => {
  for (const [id, { deadline }] of sessions) if (deadline < Date.now()) sessions.delete(id);
}, 1000);

const server = createServer((request, response) => {
  new Deserializer().deserializeMethodCall(request, async (error, method, params) => {
    let body;
    try {
      if (error) throw error;
      body = serializeMethodResponse(await answer(request.url, method, params));
    } catch (failure) {
      body = serializeFault({ faultCode: 1, faultString: String(failure) });
    }
    response.writeHead(200, { 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/database`));
