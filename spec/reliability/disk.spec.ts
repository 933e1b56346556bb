import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { call, faultOf } from '../support/client.js';
import { CursorClient } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';

describe('a full disk', () => {
  it('causes fault 51, and the session stays open', async function () {
    const mysql = testDatabase(this);
    // The maximum size of a file of the server is one megabyte.
    const shell = `trap '' XFSZ; ulimit -f 1024; exec "$0" "$@"`;
    const args = ['--port', '0', '--database', mysql, '--result-memory', '64K'];
    const child = spawn('bash', ['-c', shell, projectFile('bin/netsvc'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let url = '';
    for await (const line of createInterface(child.stdout)) {
      url = line.trim();
      if (url.endsWith('/database')) break;
    }
    const cursor = new CursorClient(url, String(await call(url, 'cursor')));
    const query = "select seq, repeat('x', 100) from numbers where seq <= %s";
    expect(await cursor.execute(query, [5000])).to.equal(5000);
    const { code, string } = await faultOf(cursor.execute(query, [100_000]));
    expect(code).to.equal(51);
    expect(string).to.match(/^netsvc -- Resource Unavailable\n\ncannot store the result: file too large/);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    expect(await cursor.execute(query, [5000])).to.equal(5000);
    child.kill();
    await once(child, 'close');
  });
});
