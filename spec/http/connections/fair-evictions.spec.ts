import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { type ClientConnection, ClientConnections } from '#lib/http/connections/client-connections.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A socket that is destroyed without a close event, which node:net emits in a later turn of the event loop. */
class LateSocket extends EventEmitter {
  destroyed = false;

  constructor(readonly remoteAddress: string) {
    super();
  }

  destroy(): void {
    this.destroyed = true;
  }
}

describe('the connections of clients beyond the limit', () => {
  const clock = FakeClock.forEach();
  let all: ClientConnections;
  let sockets: Map<string, LateSocket>;
  let holders: unknown[];

  const limit = (max: number) => {
    holders = [];
    sockets = new Map();
    all = new ClientConnections(max, (holder) => holders.push(holder()));
  };

  const add = (name: string, address = '192.0.2.1'): ClientConnection => {
    const socket = new LateSocket(address);
    sockets.set(name, socket);
    return all.add(socket as unknown as Socket);
  };

  /** One on which a user has had an answer. */
  const known = (name: string, user: string): ClientConnection => {
    const connection = add(name);
    connection.begin();
    connection.authenticate(user);
    connection.end();
    return connection;
  };

  const closed = () => [...sockets].flatMap(([name, { destroyed }]) => (destroyed ? [name] : []));

  it('are closed one after the other, the oldest first, before their close events', async () => {
    limit(3);
    for (const name of ['a', 'b', 'c']) add(name);
    await clock.pass(1000);
    for (const [name, expected] of [
      ['d', ['a']],
      ['e', ['a', 'b']],
      ['f', ['a', 'b', 'c']],
    ] as const) {
      add(name);
      expect(closed()).to.deep.equal(expected);
    }
    expect(holders).to.deep.equal(Array(3).fill({ host: '192.0.2.1', held: 4 }));
  });

  it('are not counted twice when they have been closed and then emit the event', async () => {
    limit(2);
    for (const name of ['a', 'b', 'c']) add(name);
    for (const name of closed()) sockets.get(name)?.emit('close');
    sockets.get('b')?.emit('close');
    await clock.pass(1000);
    add('d');
    expect(closed()).to.deep.equal(['a']);
    add('e');
    expect(closed()).to.have.length(2);
  });

  it('are those with refused requests first, then the silent ones, then those of the user with the most', async () => {
    limit(4);
    known('ada 1', 'ada');
    known('ada 2', 'ada');
    known('bob', 'bob');
    await clock.pass(2000);
    const silent = add('silent');
    await clock.pass(1000);
    add('one more');
    expect(closed()).to.deep.equal(['silent']);
    silent.begin();
    silent.authenticate('eve');
    add('another');
    expect(closed()).to.deep.equal(['silent', 'one more']);
    const refused = add('refused');
    refused.refuse();
    refused.refuse();
    add('last');
    expect(closed()).to.include('refused');
    expect(closed().filter((name) => name.startsWith('ada') || name === 'bob')).to.deep.equal([]);
  });

  it('are idle ones of the user with the most, never one that is busy', async () => {
    limit(8);
    const adas = [1, 2, 3, 4, 5].map((n) => known(`ada ${n}`, 'ada'));
    for (const n of [1, 2, 3]) known(`bob ${n}`, 'bob');
    adas[0]?.begin();
    add('new');
    expect(closed()).to.deep.equal(['ada 2']);
    adas[0]?.end();
    expect(holders).to.deep.equal([{ user: 'ada', held: 5 }]);
  });

  it('are the new ones if all others are busy', () => {
    limit(2);
    for (const user of ['ada', 'bob']) known(user, user).begin();
    add('new');
    expect(closed()).to.deep.equal(['new']);
  });

  it('are those whose requests were refused before all others, of the network with the most', async () => {
    limit(5);
    known('ada', 'ada').refuse();
    const [first, second] = [add('first'), add('second')];
    add('other', '203.0.113.9').refuse();
    for (const connection of [first, second]) connection.refuse();
    second.refuse();
    for (const connection of [first, second]) connection.begin();
    add('third');
    first.end();
    add('fourth');
    expect(closed()).to.deep.equal(['first']);
    add('fifth');
    expect(closed().sort()).to.deep.equal(['first', 'other']);
    second.authenticate('bob');
    second.end();
    add('sixth');
    expect(closed()).to.not.include('second').and.not.include('ada');
  });

  it('are at last those whose requests are being checked', async () => {
    limit(3);
    for (const name of ['a', 'b', 'c']) add(name).begin();
    add('new');
    expect(closed()).to.deep.equal(['a']);
    limit(2);
    const refused = add('refused');
    refused.refuse();
    for (const connection of [add('waits'), refused]) connection.begin();
    add('new');
    expect(closed()).to.deep.equal(['refused']);
  });

  it('are silent ones first, if there are more than an eighth, else those that are not fresh', async () => {
    limit(8);
    for (let n = 1; n <= 6; n++) known(`ada ${n}`, 'ada');
    const first = add('first');
    first.begin();
    add('second');
    add('third');
    expect(closed(), 'two of eight, without the new one').to.deep.equal(['second']);
    await clock.pass(1000);
    limit(8);
    for (let n = 1; n <= 7; n++) known(`ada ${n}`, 'ada');
    const busy = add('busy');
    busy.begin();
    await clock.pass(1000);
    add('fresh');
    expect(closed(), 'one of eight').to.deep.equal(['ada 1']);
  });

  it('are no longer moved or counted when they are closed', () => {
    limit(2);
    const first = add('first');
    for (const name of ['second', 'third']) add(name);
    expect(closed()).to.deep.equal(['first']);
    first.begin();
    first.refuse();
    first.authenticate('ada');
    first.end();
    expect(holders).to.deep.equal([{ host: '192.0.2.1', held: 3 }]);
    add('fourth');
    expect(holders[1]).to.deep.equal({ host: '192.0.2.1', held: 3 });
    expect(closed()).to.have.length(2);
  });

  it('accept calls of the user with the most until only a tenth is left', () => {
    limit(10);
    const calls = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => known(`ada ${n}`, 'ada'));
    const accepted = calls.map((connection) => {
      connection.begin();
      return connection.accept();
    });
    expect(accepted).to.deep.equal([...Array(9).fill(true), false]);
    expect(holders).to.deep.equal([{ user: 'ada', held: 10 }]);
    calls[0]?.evict();
    const other = known('bob', 'bob');
    other.begin();
    expect(other.accept(), 'of another user').to.equal(true);
  });

  it('know clients without a login by their networks, from their first call on', () => {
    limit(2);
    const connection = add('a', '::ffff:198.51.100.7');
    expect([connection.known, connection.host]).to.deep.equal([false, '198.51.100.7']);
    connection.begin();
    expect([connection.accept(), connection.known, connection.busy]).to.deep.equal([true, true, true]);
    connection.authenticate('ada');
    connection.end();
    expect(connection.busy).to.equal(false);
    add('b');
    add('c');
    expect(holders).to.deep.equal([{ host: '198.51.100.7', held: 1 }]);
  });

  it('are fresh for a second', async () => {
    limit(1);
    const connection = add('a');
    await clock.pass(999);
    expect(connection.fresh).to.equal(true);
    await clock.pass(1);
    expect(connection.fresh).to.equal(false);
  });
});
