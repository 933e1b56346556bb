import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import { call } from '../../support/client.js';
import { testDatabase } from '../../support/mariadb.js';
import { NetsvcProcess } from '../../support/netsvc-process.js';

/** Makes a process fail, without a handler, when it receives SIGUSR2. */
const failing = (failure: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${failure} })`)}`,
});

describe('an error that nothing handles', () => {
  const failures: [string, string][] = [
    ['a rejection', 'Promise.reject(new Error("provoked"))'],
    ['an exception', 'throw new Error("provoked")'],
  ];
  for (const [what, failure] of failures) {
    it(`is logged and ends the server with status 1, after the sessions are closed: ${what}`, async function () {
      const url = testDatabase(this);
      const server = await NetsvcProcess.start(['--database', url], 1, failing(failure));
      const cursor = `${server.url}/${await call(server.url, 'cursor')}`;
      await call(cursor, 'execute', 'drop table if exists unexpected');
      await call(cursor, 'execute', 'create table unexpected (id int)');
      await call(cursor, 'begin');
      await call(cursor, 'execute', 'insert into unexpected values (1)');
      server.child.kill('SIGUSR2');
      const { status, stderr } = await server.ended;
      expect(status).to.equal(1);
      expect(stderr).to.match(/"msg":"unexpected error"/);
      expect(stderr).to.match(/provoked\\n {4}at /);
      const mysql = await createConnection(parseMysqlUrl(url).connection);
      const [rows] = await mysql.query('select count(*) as n from unexpected');
      await mysql.end();
      expect(rows).to.deep.equal([{ n: 0 }]);
    });
  }
});
