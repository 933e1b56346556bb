import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { HttpDaemon, RpcGateway, ServiceRegistry } from '#lib/index.js';
import { projectFile } from '../support/project-file.js';
import { findPython } from '../support/python.js';
import { Validator } from '../support/validator.js';
import { hasPhp, hasRuby } from './client-programs.js';

describe('the validator1 suite', () => {
  let daemon: HttpDaemon;
  let url: string;

  before(async () => {
    const registry = new ServiceRegistry();
    new Validator(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    url = `http://127.0.0.1:${(await daemon.start()).port}/validator`;
  });

  after(() => daemon.stop());

  const judges: [string, string | undefined, string][] = [
    ['Python 2.7', findPython('2.7')?.command, 'python.py'],
    ['Python 3', findPython('3')?.command, 'python.py'],
    ['Ruby', hasRuby() ? 'ruby' : undefined, 'ruby.rb'],
    ['PHP', hasPhp() ? 'php' : undefined, 'php.php'],
  ];
  for (const [client, command, script] of judges) {
    it(`passes, as ${client} judges${command ? '' : ', which is not on this machine'}`, async function () {
      if (command === undefined) return process.env.CI ? expect.fail(`there is no ${client}`) : this.skip();
      const { stdout } = await promisify(execFile)(command, [projectFile(`spec/interop/validator/${script}`), url]);
      expect(stdout).to.equal('validated\n');
    });
  }
});
