import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { call, faultOf } from '../../support/client.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { ended, NetsvcProcess } from '../../support/netsvc-process.js';
import { projectFile } from '../../support/project-file.js';
import { until } from '../../support/until.js';

describe('bin/netsvc hides its secrets', () => {
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
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    try {
      await mkdir(join(folder, 'bin'));
      await mkdir(join(folder, 'dist/programs'), { recursive: true });
      for (const path of ['bin/package.json', 'dist/programs/package.json'])
        await copyFile(projectFile(path), join(folder, path));
      for (const [command, flags] of [
        ['netsvc', '--max-semi-space-size=4,'],
        ['rpc-call', ''],
      ] as const) {
        await copyFile(projectFile(`bin/${command}`), join(folder, 'bin', command));
        const shown = 'console.log(process.title, process.execArgv.join().trim())';
        await writeFile(
          join(folder, `dist/programs/${command}.js`),
          `${shown}; exports.main = () => Promise.resolve(0);`,
        );
        const { stdout } = await ended(
          spawn(join(folder, 'bin', command), ['mysql://keeper:topsecret@localhost/test']),
        );
        expect(stdout).to.equal(`${command} ${flags}--title=${command}\n`);
      }
    } finally {
      await rm(folder, { recursive: true });
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

describe('bin/netsvc with TLS', () => {
  let mysql: string;
  let authority: Certificates;
  let folder: string;

  before(async function () {
    mysql = testDatabase(this);
    authority = await makeAuthority();
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  });

  after(async () => {
    await authority?.remove();
    if (folder) await rm(folder, { recursive: true });
  });

  it('reloads its certificate on SIGHUP, and keeps its sessions', async () => {
    const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const install = async (name: string) => {
      const { pem } = await authority.issue(name);
      await writeFile(certificate, pem.certificate);
      await writeFile(key, pem.key);
    };
    await install('localhost');
    const users = join(folder, 'users');
    await writeFile(users, `grace:${hashSync('secret', 4)}\n`);
    const flags = ['--tls-certificate', certificate, '--tls-key', key, '--users', users, '--host', '0.0.0.0'];
    const netsvc = await NetsvcProcess.start(['--database', mysql, ...flags]);
    expect(netsvc.ready[0]).to.match(/^netsvc listening on https:\/\/0\.0\.0\.0:\d+\/$/);
    const { port } = new URL(netsvc.url);
    const subject = async () => {
      const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };
    expect(await subject()).to.equal('localhost');
    await install('renewed');
    netsvc.child.kill('SIGHUP');
    await until(async () => (await subject()) === 'renewed');
    await writeFile(key, 'broken');
    netsvc.child.kill('SIGHUP');
    await once(netsvc.child.stderr ?? expect.fail('no output'), 'data');
    expect(await subject()).to.equal('renewed');
    const { status, stderr } = await netsvc.stop();
    expect(status).to.equal(0);
    expect(stderr).to.contain('not a private key in PEM').and.not.contain('in the clear');
  });
});
