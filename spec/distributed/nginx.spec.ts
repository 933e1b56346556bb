import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { call, statusOf } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { sessionIn } from '../support/instances.js';
import { testDatabase } from '../support/mariadb.js';
import { RunningServer } from '../support/netsvc-server.js';
import { projectFile } from '../support/project-file.js';
import { SuiteFolder } from '../support/suite-folder.js';
import { pend } from '../support/test-server.js';
import { succeeds, until } from '../support/until.js';

/** The path in Debian's package. */
const NGINX = '/usr/sbin/nginx';

const CONFIGURATION = projectFile('deploy/nginx.conf');

describe('deploy/nginx.conf', () => {
  it('has directives and blocks that end', async () => {
    let depth = 0;
    for (const text of (await readFile(CONFIGURATION, 'utf8')).split('\n')) {
      const line = text.replace(/#.*$/, '').trim();
      if (line !== '') expect(line).to.match(/[;{}]$/);
      depth += line.split(/\{$/).length - line.split(/^\}/).length;
      expect(depth, line).to.be.at.least(0);
    }
    expect(depth).to.equal(0);
  });
});

describe('two servers behind nginx, as deploy/nginx.conf configures it', () => {
  const folder = new SuiteFolder();
  let servers: RunningServer[];
  let nginx: ChildProcess;
  let url: string;

  before(async function () {
    const mysql = testDatabase(this);
    if (!existsSync(NGINX)) pend(this, 'nginx is not installed');
    const args = ['--database', mysql, '--trusted-proxies', '127.0.0.1'];
    servers = await Promise.all(['a', 'b'].map((name) => RunningServer.start(['--instance', name, ...args])));
    const port = await freePort();
    url = `http://127.0.0.1:${port}/database`;
    const file = await folder.write('nginx.conf', await configuration(port));
    nginx = spawn(NGINX, ['-p', folder.path, '-c', file, '-e', 'stderr'], { stdio: 'ignore' });
    await until(() => succeeds(call(url, 'execute', 'select 1')));
  });

  after(async () => {
    for (const server of servers ?? []) await server.stop(0);
    if (nginx?.exitCode === null) {
      const ended = once(nginx, 'exit');
      nginx.kill('SIGTERM');
      await ended;
    }
  });

  async function configuration(port: number): Promise<string> {
    const block = await readFile(CONFIGURATION, 'utf8');
    const ports = servers.map((server) => new URL(server.url).port);
    const http = block
      .replaceAll('127.0.0.1:8001', `127.0.0.1:${ports[0]}`)
      .replaceAll('127.0.0.1:8002', `127.0.0.1:${ports[1]}`)
      .replace('listen 8000', `listen 127.0.0.1:${port}`);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder.path};\n`,
    );
    return `daemon off; pid ${folder.file('pid')}; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths.join('')}${http}}\n`;
  }

  it('keep sessions, on any connection', async () => {
    for (const name of ['a', 'b']) {
      const session = await sessionIn(url, name);
      for (let i = 0; i < 3; i++) expect(await session.rows('select %s', [i])).to.deep.equal([[i]]);
      await session.call('close');
    }
  });

  it('answer 404 for the sessions of one that has ended, and serve those of the other', async () => {
    const [lost, kept] = [await sessionIn(url, 'a'), await sessionIn(url, 'b')];
    await servers[0]?.stop(0);
    for (let i = 0; i < 4; i++) {
      expect(await statusOf(lost.call('rowcount'))).to.equal(404);
      expect(await kept.rows('select 1')).to.deep.equal([[1]]);
      await (await sessionIn(url, 'b')).call('close');
    }
    await kept.call('close');
  });
});
