import { chmod } from 'node:fs/promises';
import { expect } from 'chai';
import { effectiveConfiguration } from '#lib/server/configuration/effective-configuration.js';
import { DATABASE_LIMITS } from '#lib/server/configuration/options.js';
import { UsageError } from '#lib/server/configuration/problems.js';
import { parseSettings, type Settings } from '#lib/server/configuration/settings.js';
import { netsvc } from '../../support/command.js';
import { run } from '../../support/netsvc-process.js';
import { ACCEPTED, ACCEPTED_VALUES, DEFAULTS } from './accepted.js';
import { ConfigurationFolder, configured, type Given } from './given.js';
import { REFUSED, REFUSED_FILES, REFUSED_VALUES } from './refused.js';

const VALID = 'The configuration is valid. netsvc has not connected to a database: use --check-database.\n';

describe('the configuration of netsvc', () => {
  let folder: ConfigurationFolder;

  before(async () => {
    folder = await ConfigurationFolder.create();
  });

  after(() => folder?.remove());

  const parse = async (given: Given): Promise<Settings> => {
    const args = (await folder.arguments(given)).map((arg) => arg.replace('FOLDER', folder.path));
    return parseSettings(args, configured(given).environment ?? {}, '1.2.3').settings;
  };

  /** In the form of the tables. */
  const shown = ({ databases, ...settings }: Settings): object => {
    const named = [...databases].map(([name, { users, ...database }]) => [
      name,
      { ...database, users: users && [...users] },
    ]);
    const brief = (value: unknown): unknown => {
      if (typeof value === 'string') return folder.brief(value);
      if (Array.isArray(value)) return value.map(brief);
      if (value?.constructor !== Object) return value;
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, brief(one)]));
    };
    return brief({ ...settings, databases: Object.fromEntries(named) }) as object;
  };

  /** What --check-config prints on standard error. */
  const checked = async (given: Given) => {
    const { status, stdout, stderr } = await netsvc([...(await folder.arguments(given)), '--check-config']);
    expect([status, stdout]).to.deep.equal([2, '']);
    return folder.brief(stderr);
  };

  const refuses = (what: string, given: Given, ...problems: readonly string[]) =>
    it(what, async () => {
      const failure = await parse(given).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(UsageError);
      const printed = await checked(given);
      for (const problem of problems) expect(printed).to.contain(problem);
      expect(printed).to.not.contain('secret');
      // A start says the same.
      const lines = folder.brief(String((failure as Error).message)).split('\n');
      for (const line of lines) expect(printed).to.contain(line);
    });

  const accepts = (what: string, given: Given, expected: object) =>
    it(what, async () => {
      const settings = await parse(given);
      expect(shown(settings)).to.containSubset(expected);
      const { databases } = expected as { databases?: object };
      if (databases) expect([...settings.databases.keys()]).to.deep.equal(Object.keys(databases));
      const printed = effectiveConfiguration(settings);
      expect(printed).to.not.contain('secret');
      expect(effectiveConfiguration(await parse(printed)), 'what --print-config prints').to.equal(printed);
    });

  it('is that of a private server on this machine by default', async () => {
    expect(shown(await parse({}))).to.deep.equal(DEFAULTS);
  });

  describe('accepts', () => {
    for (const [what, given, settings] of ACCEPTED) accepts(what, given, settings);
    for (const [option, value, settings] of ACCEPTED_VALUES) {
      accepts(`--${option} ${value}`, [`--${option}`, value], option === 'users' ? {} : settings);
      accepts(`${option}: ${value}`, { yaml: `${option}: "${value}"`.replace(/"(\d+(?:\.\d+)?)"/, '$1') }, settings);
      const [[name = '', limit] = []] = Object.entries(settings);
      if (!Object.hasOwn(DATABASE_LIMITS, option)) continue;
      const entry = `databases: {a: {url: "mysql://localhost/a", ${option}: ${value}}}`;
      accepts(`${option}: ${value} of a database`, entry, { databases: { a: { limits: { [name]: limit } } } });
    }
  });

  describe('is refused with its line and key:', () => {
    for (const [what, given, problem] of REFUSED) refuses(what, given, problem);
    for (const [option, value, problem, only] of REFUSED_VALUES) {
      refuses(`--${option} ${value}`, [`--${option}`, value.replaceAll('"', '')], problem);
      if (only) continue;
      const yaml = `log-level: info\n${option}: ${value || '""'}`;
      refuses(
        `${option}: ${value}`,
        option === 'log-level' ? `\n${option}: ${value}` : yaml,
        problem,
        'netsvc.yaml:2: ',
      );
      if (!Object.hasOwn(DATABASE_LIMITS, option)) continue;
      const entry = `databases:\n  a:\n    url: mysql://localhost/a\n    ${option}: ${value}`;
      refuses(`${option}: ${value} of a database`, entry, `netsvc.yaml:4: databases.a.${option}: `);
    }
  });

  describe('is refused by --check-config for the files that it names:', () => {
    for (const [what, given, problem] of REFUSED_FILES) {
      it(what, async () => expect(await checked(given)).to.contain(problem));
    }
  });

  it('is valid, or not, without a connection to a database', async () => {
    const args = await folder.arguments({ yaml: 'databases: {a: {url: "mysql://localhost/a"}}' });
    expect(await run('netsvc', [...args, '--check-config'])).to.deep.equal({ status: 0, stdout: VALID, stderr: '' });
  });

  it('is printed by --print-config, with all defaults and without passwords', async () => {
    const url = 'mysql://root:secret@localhost/a?ssl={\\"passphrase\\":\\"secret\\"}';
    const args = await folder.arguments({ yaml: `databases: {a: {url: "${url}"}}`, flags: ['--grace', '3'] });
    const { status, stdout, stderr } = await netsvc([...args, '--print-config']);
    expect([status, stderr]).to.deep.equal([0, '']);
    for (const line of ['grace: 3\n', 'host: 127.0.0.1\n', 'memory-per-session: 25%\n', 'root:***@localhost'])
      expect(stdout).to.contain(line);
    expect(stdout).to.not.contain('secret');
  });

  describe('with secrets', () => {
    const check = async (mode: number, folderMode: number) => {
      const args = await folder.arguments({
        yaml: [
          'users: users',
          'tls-certificate: cert.pem',
          'tls-key: key.pem',
          'databases:',
          '  shop: {url-file: url}',
          `  stock: {url: "mysql://a:secret@localhost/x?ssl-key=${folder.path}/mysql.pem"}`,
          '  other: {url: "mysql://a:secret@localhost/y"}',
        ].join('\n'),
      });
      await chmod(folder.path, folderMode);
      for (const name of ['netsvc.yaml', 'users', 'key.pem', 'mysql.pem', 'url'])
        await chmod(`${folder.path}/${name}`, mode);
      const { status, stdout, stderr } = await netsvc([...args, '--check-config']);
      expect([status, stderr]).to.deep.equal([0, '']);
      return folder.brief(stdout).replace(VALID, '');
    };

    it('is warned of if everybody can read them', async () => {
      const printed = [
        '1: warning: users file users',
        '3: warning: key key.pem',
        '5: warning: URL with a password in url',
        '6: warning: key mysql.pem',
        '6: warning: URL with a password in netsvc.yaml',
      ].map((text) => `netsvc.yaml:${text} can be read by everybody (chmod o-r)\n`);
      expect(await check(0o644, 0o755)).to.equal(printed.join(''));
    });

    it('is not if only some can read them, or open their folder', async () => {
      expect(await check(0o640, 0o755)).to.equal('');
      expect(await check(0o644, 0o750)).to.equal('');
    });
  });
});
