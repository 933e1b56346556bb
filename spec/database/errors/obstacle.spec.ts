import { expect } from 'chai';
import { MysqlError } from '#lib/database/errors/mysql-error.js';
import { obstacleOf } from '#lib/database/errors/obstacle.js';
import { ConnectionPool } from '#lib/database/index.js';
import { FakeServer } from '../../support/fake-server.js';

const ERRORS: [errno: number, message: string, obstacle: string | undefined][] = [
  [1040, 'Too many connections', 'refused'],
  [1203, 'User already has more than max_user_connections active connections', 'refused'],
  [1226, 'User has exceeded the max_user_connections resource', 'refused'],
  [1053, 'Server shutdown in progress', 'unreachable'],
  [1927, 'Connection was killed', 'unreachable'],
  [3032, 'The server is currently in offline mode', 'unreachable'],
  [1045, 'Access denied', undefined],
  [1044, 'Access denied to database', undefined],
  [1049, 'Unknown database', undefined],
  [1130, 'Host is not allowed to connect', undefined],
];

describe('an attempt to connect', () => {
  for (const [errno, message, obstacle] of ERRORS) {
    const waits = obstacle !== undefined;
    it(`that fails with error ${errno} ${waits ? 'is repeated until the deadline' : 'fails what waits at once'}`, async () => {
      let attempts = 0;
      const server = await FakeServer.start(async (connection) => {
        attempts++;
        connection.sendError(errno, message);
      });
      const options = { host: '127.0.0.1', port: server.port, user: 'root' };
      const pool = new ConnectionPool(options, { connections: 1, connectWait: 0.4 });
      const since = performance.now();
      const failures = [1, 2, 3].map(async () => {
        const failure = await Promise.resolve(pool.acquire()).catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(MysqlError).and.to.include({ errno, message });
        expect(obstacleOf(failure)).to.equal(obstacle);
      });
      await Promise.all(failures);
      const elapsed = performance.now() - since;
      if (waits) expect(elapsed).to.be.within(380, 1500);
      else expect(elapsed).to.be.lessThan(380);
      expect(attempts).to.be.within(waits ? 2 : 1, 6);
      expect(pool.unreachable).to.equal(obstacle === 'unreachable');
      await pool.end();
      await server.stop();
    });
  }

  it('at what is not MySQL fails what waits at once', async () => {
    const server = await FakeServer.start(async (connection) => {
      for (let i = 0; i < 5; i++) connection.send();
    });
    const options = { host: '127.0.0.1', port: server.port, user: 'root' };
    const pool = new ConnectionPool(options, { connections: 1, connectWait: 5 });
    const since = performance.now();
    const failure = await Promise.resolve(pool.acquire()).catch((error: unknown) => error);
    expect(obstacleOf(failure)).to.equal(undefined);
    expect(performance.now() - since).to.be.lessThan(2000);
    await pool.end();
    await server.stop();
  });
});
