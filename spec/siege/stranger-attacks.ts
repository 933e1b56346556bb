import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { callBody } from '../support/call-body.js';
import { Compressed, type Sender, send } from './client.js';
import type { Attack } from './user-attacks.js';

const MB = 1024 ** 2;

/** Opens connections that send `text`, and keeps them for some seconds. */
function connections(count: number, text: string, seconds = 3): Attack {
  return async ({ url, address }) => {
    const { hostname, port } = new URL(url);
    const sockets = Array.from({ length: count }, () => {
      const socket = connect({ host: hostname, port: Number(port), localAddress: address });
      socket.on('error', () => {});
      socket.on('data', () => {});
      socket.write(text);
      return socket;
    });
    await wait(seconds * 1000);
    const closed = sockets.filter((socket) => socket.destroyed).length;
    for (const socket of sockets) socket.destroy();
    return [`${closed > 0 ? 'some' : 'none'} closed`];
  };
}

const head = 'POST /siege HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n';

const pages = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

const blanks = new Compressed(() => Buffer.alloc(500 * MB, ' '));

/** Sends a body without a login that is larger when it is decompressed. */
const bomb: Attack = async (sender) => {
  return [await send(sender, '/siege', blanks).outcome];
};

/** Tries passwords, for users that exist and others. */
const passwords: Attack = async (sender: Sender) => {
  const names = ['grace', 'mallory', ...Array.from({ length: 8 }, () => `user${Math.floor(Math.random() * 1e6)}`)];
  const logins = names.map((name) => ({ ...sender, login: `${name}:wrong${Math.random()}` }));
  return Promise.all(logins.map((login) => send(login, '/siege', callBody('execute', ['select 1'])).outcome));
};

/** Sends a request without end, and what the server answers is not read. */
const endless: Attack = async ({ url, address }) => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: address });
  socket.on('error', () => {});
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
  for (let i = 0; i < 2000 && !socket.destroyed; i++) {
    if (!socket.write(chunk)) await drained(socket);
  }
  const outcome = socket.destroyed ? 'closed' : 'accepted';
  socket.destroy();
  return [outcome];
};

/** Waits for a second at most. */
async function drained(socket: Socket): Promise<void> {
  const signal = AbortSignal.timeout(1000);
  await once(socket, 'drain', { signal }).catch(() => {});
}

/** What a client without a login can do, by name. */
export const STRANGER_ATTACKS: Readonly<Record<string, Attack>> = {
  'connections that send nothing': connections(300, ''),
  'connections that send a part of a head': connections(100, head),
  'connections that send a part of a body': connections(100, `${head}Content-Length: 60000000\r\n\r\n<methodCall>`),
  'requests that are refused': connections(100, `${head}Content-Length: 1\r\n\r\nx`.repeat(20)),
  'thousands of calls at once': connections(50, `${head}Content-Length: 1\r\n\r\nx`.repeat(2000)),
  'thousands of requests for pages at once': connections(50, pages.repeat(2000)),
  'a decompression bomb': bomb,
  'wrong passwords': passwords,
  'a body without end': endless,
};
