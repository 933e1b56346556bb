import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { databaseSettings } from '#lib/database/database-options.js';
import { withDefaults } from '#lib/server/configuration/option-values.js';
import { OPTIONS } from '#lib/server/configuration/options.js';
import { call, faultOf } from '../../support/client.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';

describe('the limits of a user, and of a database', () => {
  let mysql: string;
  let folder: string;
  let file: string;
  let netsvc: RunningServer | undefined;

  before(async function () {
    mysql = testDatabase(this);
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    file = join(folder, 'netsvc.yaml');
    await addUsers('ada', 'bob');
  });

  afterEach(async () => {
    await netsvc?.stop(0);
    netsvc = undefined;
    await rm(folder, { recursive: true });
  });

  const addUsers = (...names: string[]) =>
    writeFile(join(folder, 'users'), names.map((name) => `${name}:${hashSync(name, 4)}\n`).join(''));

  const write = (options: object, ...databases: [name: string, limits: object][]) => {
    const entries = databases.map(([name, limits]) => [name, { url: mysql, ...limits }]);
    const all = { users: 'users', 'log-level': 'info', ...options, databases: Object.fromEntries(entries) };
    return writeFile(file, JSON.stringify(all));
  };

  const start = async (options: object, ...databases: [name: string, limits: object][]) => {
    await write(options, ...databases);
    netsvc = await RunningServer.start(['--config', file]);
  };

  /** @returns what is logged */
  const reload = async () => {
    const log = netsvc?.log ?? [];
    log.length = 0;
    await netsvc?.reload();
    return log.map(({ fields, message }) => ({ ...fields, message }));
  };

  const urlOf = (user: string, database: string) => {
    const url = new URL(netsvc?.url ?? '');
    return `http://${user}:${user}@${url.host}/${database}`;
  };

  /** Opens a session, and begins a transaction in it. */
  const pin = async (user: string, database: string) => {
    const url = urlOf(user, database);
    const session = `${url}/${await call(url, 'cursor')}`;
    await call(session, 'begin');
    return session;
  };

  /** Returns the text of the fault 51. */
  const refusal = async (answer: Promise<unknown>) => {
    const { code, string } = await faultOf(answer);
    expect(code, string).to.equal(51);
    return string.split('\n').at(-1);
  };

  it('have the same defaults as an option and without a server', () => {
    const { resultMemory, maxResult, maxTimeout } = withDefaults(OPTIONS, {});
    expect(databaseSettings({}).limits).to.deep.include({ resultMemory, maxResult, maxTimeout });
  });

  it('leave connections to others, if there are any, whatever one of them pins', async () => {
    await start({ 'connect-wait': 1 }, ['shop', { connections: 4 }]);
    for (let i = 0; i < 2; i++) await pin('ada', 'shop');
    expect(await refusal(pin('ada', 'shop'))).to.equal(
      '2 MySQL connections of user ada were in use for 1 seconds, which is the limit.',
    );
    expect(await call(urlOf('bob', 'shop'), 'execute', 'select 1')).to.deep.equal([[1]]);
    // Who is alone can have all.
    await addUsers('ada');
    await reload();
    for (let i = 0; i < 2; i++) await pin('ada', 'shop');
    expect(await refusal(pin('ada', 'shop'))).to.equal('All 4 MySQL connections were in use for 1 seconds.');
  });

  it('are those of the database, else those of the server', async () => {
    const own = {
      connections: 2,
      'connections-per-user': 1,
      'connect-wait': 1,
      'query-timeout': 0.2,
      'max-result': '64K',
    };
    await start({ 'connect-wait': 1.5, 'connections-per-user': 2 }, ['small', own], ['large', {}]);
    const first = await pin('ada', 'small');
    expect(await refusal(pin('ada', 'small'))).to.match(/^1 MySQL connections of user ada were in use for 1 sec/);
    expect((await faultOf(call(first, 'execute', 'select sleep(5)'))).code).to.equal(58);
    expect(await refusal(call(first, 'execute', "select repeat('x', 100000)"))).to.match(/^The result takes more than/);
    for (let i = 0; i < 2; i++) await pin('ada', 'large');
    expect(await refusal(pin('ada', 'large'))).to.match(/^2 MySQL connections of user ada were in use for 1\.5 sec/);
    expect(await call(urlOf('bob', 'large'), 'execute', "select length(repeat('x', 100000))")).to.deep.equal([
      [100000],
    ]);
  });

  it('leave sessions to others, in each database and in all, and are reloaded', async () => {
    await start({ 'max-sessions': 10 }, ['shop', { 'max-sessions': 5 }], ['stock', {}]);
    const open = (user: string, database: string) => call(urlOf(user, database), 'cursor');
    for (let i = 0; i < 4; i++) await open('ada', 'shop');
    expect(await refusal(open('ada', 'shop'))).to.equal('4 sessions of shop are open of user ada, which is the limit.');
    await open('bob', 'shop');
    expect(await refusal(open('bob', 'shop'))).to.equal('5 sessions of shop are open, which is the limit.');
    for (let i = 0; i < 4; i++) await open('ada', 'stock');
    expect(await refusal(open('ada', 'stock'))).to.equal('8 sessions are open of user ada, which is the limit.');
    await write(
      { 'max-sessions': 20 },
      ['shop', { 'max-sessions': 6, connections: 3 }],
      ['stock', { 'max-sessions': 4 }],
    );
    expect(await reload()).to.deep.include.members([
      {
        keys: [
          'max-sessions',
          'databases.shop.connections',
          'databases.shop.max-sessions',
          'databases.stock.max-sessions',
        ],
        message: 'configuration reloaded',
      },
    ]);
    await open('bob', 'shop');
    expect(await refusal(open('bob', 'stock'))).to.equal('4 sessions of stock are open, which is the limit.');
  });
});
