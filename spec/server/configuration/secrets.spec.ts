import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { call, faultOf } from '../../support/client.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { ended, NetsvcProcess } from '../../support/netsvc-process.js';
import { projectFile } from '../../support/project-file.js';
import { SuiteFolder } from '../../support/suite-folder.js';

describe('bin/netsvc hides its secrets', () => {
  const folder = new SuiteFolder();
  let mysql: string;

  before(async function () {
    mysql = testDatabase(this);
    const gateway = await DatabaseGateway.start(mysql);
    await gateway.execute('drop user if exists keeper@localhost');
    await gateway.execute("create user keeper@localhost identified by 'topsecret'");
    await gateway.execute('grant all on test.* to keeper@localhost');
    await gateway.stop();
  });

  const keeper = () => mysql.replace('root@', 'keeper:topsecret@');

  it('from the list of processes before its modules are loaded', async () => {
    const copy = (path: string) => copyFile(projectFile(path), folder.file(path));
    await mkdir(folder.file('bin'));
    await mkdir(folder.file('dist/programs'), { recursive: true });
    for (const path of ['bin/package.json', 'dist/programs/package.json']) await copy(path);
    const shown = 'console.log(process.title, process.execArgv.join().trim())';
    for (const [command, flags] of Object.entries({ netsvc: '--max-semi-space-size=4,', 'rpc-call': '' })) {
      await copy(`bin/${command}`);
      await folder.write(`dist/programs/${command}.js`, `${shown}; exports.main = () => Promise.resolve(0);`);
      const child = spawn(folder.file('bin', command), ['mysql://keeper:topsecret@localhost/test']);
      expect((await ended(child)).stdout).to.equal(`${command} ${flags}--title=${command}\n`);
    }
  });

  it('from the list of processes, faults and the log', async () => {
    const netsvc = await NetsvcProcess.start(['--database', keeper(), '--connections', '2']);
    const { url } = netsvc;
    const { pid } = netsvc.child;
    const title = `netsvc ${new URL(url).port}`;
    expect((await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', '')).to.equal(title);
    expect(await readFile(`/proc/${pid}/comm`, 'utf8')).to.equal(`${title}\n`);
    const id = String(await call(url, 'cursor'));
    const faults = [
      await faultOf(call(url, 'execute', 'select nonsense')),
      await faultOf(call(url, 'execute', "select 1 into outfile '/none/x'")),
      await faultOf(call(`${url}/${id}`, 'nothing')),
      await faultOf(call(url, 'execute', 'kill connection_id()')),
    ];
    const gateway = await DatabaseGateway.start(mysql);
    // New connections fail from now on.
    await gateway.execute("alter user keeper@localhost identified by 'another'");
    const processes = (await gateway.execute(
      "select id from information_schema.processlist where user = 'keeper'",
    )) as number[][];
    for (const [id] of processes) await gateway.execute('kill %s', [id]);
    faults.push(await faultOf(call(url, 'execute', 'select 1')));
    await gateway.execute("alter user keeper@localhost identified by 'topsecret'");
    await gateway.stop();
    const { stdout, stderr } = await netsvc.stop();
    const codes = faults.map(({ code }) => code);
    expect([codes[0], codes[2], codes.at(-1)]).to.deep.equal([1054, 55, 1045]);
    expect(JSON.stringify(faults) + stdout + stderr).to.not.match(/topsecret|another/);
    expect(stderr, 'the id of a session').to.not.contain(id);
  });
});
