import { expect } from 'chai';
import { UsageError } from '#lib/rpc-call/client/command-errors.js';
import { authorization, type Login } from '#lib/rpc-call/command/login.js';
import { projectFile } from '../../support/project-file.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { CTRL_C, Terminal } from '../terminal.js';

const NOTHING: Login = {
  url: new URL('http://host/database'),
  user: undefined,
  passwordFile: undefined,
  password: undefined,
};

describe('authorization', () => {
  const folder = new SuiteFolder();
  let file: string;

  before(async () => {
    file = await folder.write('password', 'from:file\r\nsecond line\n');
  });

  const credentials = async (login: Partial<Login>) => {
    const header = await authorization({ ...NOTHING, ...login });
    return header && Buffer.from(header.replace('Basic ', ''), 'base64').toString();
  };

  const url = new URL('http://gr%C3%A4ce:p%40ss@host/database');
  const nameOnly = new URL('http://grace@host/database');

  it('is not sent without a user', async () => {
    expect(await credentials({})).to.equal(undefined);
    expect(await credentials({ password: 'unused' })).to.equal(undefined);
  });

  it('takes the password from the URL, the file or the environment, in this order', async () => {
    expect(await credentials({ url, passwordFile: file, password: 'env' })).to.equal('gräce:p@ss');
    expect(await credentials({ url: nameOnly, passwordFile: file, password: 'env' })).to.equal('grace:from:file');
    expect(await credentials({ url: nameOnly, password: 'env' })).to.equal('grace:env');
    expect(await credentials({ user: 'ada', password: '' })).to.equal('ada:');
  });

  it('does not send the password of another user', async () => {
    expect(await credentials({ url, user: 'ada', password: 'env' })).to.equal('ada:env');
  });

  const wrong: [string, Partial<Login>, RegExp][] = [
    ['a file without a user', { passwordFile: 'x' }, /^--password-file needs --user$/],
    ['a file that does not exist', { user: 'ada', passwordFile: '/nonexistent' }, /^\/nonexistent: no such file$/],
    ['a name with a colon', { user: 'a:b', password: 'x' }, /colon/],
  ];
  for (const [what, login, message] of wrong) {
    it(`refuses ${what}`, async () => {
      const error: unknown = await credentials(login).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UsageError).with.property('message').match(message);
    });
  }

  describe('in a terminal', () => {
    const command = [projectFile('bin/rpc-call'), 'http://127.0.0.1:1/', 'm', '--user', 'grace'];

    it('asks for the password without echo', async function () {
      const terminal = Terminal.start(this, command);
      await terminal.until('Password of grace: ');
      terminal.enter('secret');
      const { status, shown } = await terminal.end();
      expect([status, shown]).to.deep.equal([3, '\nrpc-call: 127.0.0.1:1: connection refused\n']);
    });

    it('asks on the terminal even if statements come from a file', async function () {
      const terminal = Terminal.start(this, [
        'sh',
        '-c',
        'echo "select 1" | "$0" "$1" --user grace',
        ...command.slice(0, 2),
      ]);
      await terminal.until('Password of grace: ');
      terminal.enter('secret');
      expect((await terminal.end()).shown).to.contain('connection refused');
    });

    it('ends on Ctrl-C', async function () {
      const terminal = Terminal.start(this, command);
      await terminal.until('Password of grace: ');
      terminal.type(CTRL_C);
      expect(await terminal.end()).to.deep.equal({ status: 130, shown: '\n' });
    });
  });
});
