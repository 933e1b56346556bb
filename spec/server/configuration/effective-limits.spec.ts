import { expect } from 'chai';
import { databaseSettings } from '#lib/database/database-options.js';
import { withDefaults } from '#lib/server/configuration/option-values.js';
import { OPTIONS } from '#lib/server/configuration/options.js';
import { call, faultOf } from '../../support/client.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import { passwordsOf } from '../../support/logins.js';

describe('the limits of a user, and of a database', () => {
  const server = new ConfiguredServer('spec');

  /** Opens a session, and begins a transaction in it. */
  const pin = async (user: string) => (await server.open(user)).call('begin');

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
    await server.start({ users: 'users', 'connect-wait': 1, databases: { shop: { connections: 4 } } });
    for (let i = 0; i < 2; i++) await pin('grace');
    expect(await refusal(pin('grace'))).to.equal(
      '2 MySQL connections of user grace were in use for 1 seconds, which is the limit.',
    );
    expect(await call(server.url('alan'), 'execute', 'select 1')).to.deep.equal([[1]]);
    // Who is alone can have all.
    await server.folder.write('users', passwordsOf('grace'));
    await server.reload();
    for (let i = 0; i < 2; i++) await pin('grace');
    expect(await refusal(pin('grace'))).to.equal('All 4 MySQL connections were in use for 1 seconds.');
  });

  it('leave sessions to others, in each database and in all, and are reloaded', async () => {
    const [own, stock] = [{ 'max-sessions': 5 }, {}];
    await server.start({ users: 'users', 'max-sessions': 10, databases: { shop: own, stock } });
    for (let i = 0; i < 4; i++) await server.open('grace');
    const ofGrace = 'of user grace, which is the limit.';
    expect(await refusal(server.open('grace'))).to.equal(`4 sessions of shop are open ${ofGrace}`);
    await server.open('alan');
    expect(await refusal(server.open('alan'))).to.equal('5 sessions of shop are open, which is the limit.');
    for (let i = 0; i < 4; i++) await server.open('grace', 'stock');
    expect(await refusal(server.open('grace', 'stock'))).to.equal(`8 sessions are open ${ofGrace}`);
    const databases = { shop: { 'max-sessions': 6 }, stock: { 'max-sessions': 4 } };
    expect(await server.reload({ 'max-sessions': 20, databases })).to.deep.equal([
      'max-sessions',
      'databases.shop.max-sessions',
      'databases.stock.max-sessions',
    ]);
    await server.open('alan');
    expect(await refusal(server.open('alan', 'stock'))).to.equal('4 sessions of stock are open, which is the limit.');
  });
});
