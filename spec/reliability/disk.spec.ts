import { expect } from 'chai';
import { faultOf } from '../support/client.js';
import { CursorClient } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { NetsvcProcess } from '../support/netsvc-process.js';
import { projectFile } from '../support/project-file.js';

describe('a full disk', () => {
  it('causes fault 51, and the session stays open', async function () {
    // The maximum size of a file of the server is one megabyte.
    const shell = `trap '' XFSZ; ulimit -f 1024; exec "$0" "$@"`;
    const flags = ['--port', '0', '--admin-port', '0', '--log-level', 'warn', '--result-memory', '64K'];
    const program = [projectFile('bin/netsvc'), ...flags, '--database', testDatabase(this)];
    const netsvc = await NetsvcProcess.run(['bash', '-c', shell, ...program], 2);
    const cursor = await CursorClient.open(netsvc.url);
    const query = "select seq, repeat('x', 100) from numbers where seq <= %s";
    expect(await cursor.execute(query, [5000])).to.equal(5000);
    for (let i = 0; i < 2; i++) {
      const { code, string } = await faultOf(cursor.execute(query, [100_000]));
      expect(code).to.equal(51);
      expect(string).to.match(/^netsvc -- Resource Unavailable\n\ncannot store the result: file too large/);
    }
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    expect(await cursor.execute(query, [5000])).to.equal(5000);
    const metrics = await fetch(`${netsvc.ready[2]?.replace(/^.* /, '')}metrics`);
    expect(await metrics.text()).to.contain('netsvc_refusals_total{resource="disk",database=""} 2\n');
    const { stderr } = await netsvc.stop();
    const lines = stderr.split('\n').filter((line) => line.includes('requests are refused'));
    expect(lines).to.have.lengthOf(1);
    expect(JSON.parse(lines[0] ?? '')).to.include({ level: 'warn', resource: 'disk' });
  });
});
