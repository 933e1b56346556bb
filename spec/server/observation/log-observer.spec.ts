import { expect } from 'chai';
import { call, faultOf } from '../../support/client.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import { until } from '../../support/until.js';

const DEBUG = { 'log-level': 'debug' };

describe('the log of netsvc', () => {
  const server = new ConfiguredServer('spec');

  const fieldsOf = (message: string) => server.logged(message).map(({ fields }) => fields as Record<string, unknown>);

  it('has a line for each session when it ends at level debug, and none by default', async () => {
    await server.start();
    await (await server.open()).call('close');
    expect([...server.logged('session ended'), ...server.logged('call')]).to.deep.equal([]);
    await server.stop(0);
    await server.start(DEBUG);
    const [cursor, drained] = [await server.open(), await server.open()];
    await cursor.rows('select seq from numbers where seq <= 7');
    await cursor.call('close');
    await server.stop();
    const [ended, ...others] = fieldsOf('session ended');
    const name = { client_address: '127.0.0.1', user: '', endpoint: 'shop', session: ended?.session };
    expect(ended).to.include({ ...name, end: 'closed', calls: 3, rows: 7 });
    expect(ended?.session).to.match(/^shop\/#[\w-]{8}$/);
    expect(ended?.duration_s).to.be.a('number');
    expect(ended?.bytes_in).to.be.within(200, 1000);
    expect(ended?.bytes_out).to.be.within(200, 2000);
    expect(others.map(({ end }) => end)).to.deep.equal(['drained']);
    expect(server.logged('session ended').map(({ level }) => level)).to.deep.equal(['debug', 'debug']);
    for (const { id } of [cursor, drained]) expect(JSON.stringify(server.log)).to.not.contain(id);
  });

  it('has a line for each call at level debug', async () => {
    await server.start(DEBUG);
    const cursor = await server.open();
    await cursor.execute('select seq from numbers where seq <= %s', [5]);
    await faultOf(cursor.execute('select * from missing'));
    await until(() => server.logged('call').length === 3);
    const [opened, executed, failed] = fieldsOf('call');
    expect(opened).to.include({ endpoint: 'shop', method: 'cursor', rows: 0 }).and.not.have.property('session');
    expect(executed).to.include({ method: 'execute', rows: 5, user: '', client_address: '127.0.0.1' });
    expect(executed?.session).to.match(/^shop\/#[\w-]{8}$/);
    expect(executed?.bytes_in).to.be.greaterThan(100);
    expect(executed?.bytes_out).to.be.greaterThan(100);
    expect(executed?.duration_s).to.be.greaterThan(0);
    expect(executed?.queue_s).to.be.a('number');
    expect(failed).to.include({ method: 'execute', fault: 1 });
    expect(fieldsOf('session opened')).to.deep.equal([
      { client_address: '127.0.0.1', user: '', endpoint: 'shop', session: executed?.session },
    ]);
    const ids = fieldsOf('call').map(({ request_id }) => String(request_id));
    expect(new Set(ids)).to.have.lengthOf(3);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-\d+$/);
    const [statement] = fieldsOf('statement');
    expect(statement).to.include({ request_id: ids[1], rows: 5, statement: 'select seq from numbers where seq <= ?' });
  });

  it('counts what a call waits for the one before it on its session', async () => {
    await server.start(DEBUG);
    const cursor = await server.open();
    await Promise.all([cursor.execute('select sleep(0.3)'), cursor.execute('select 1')]);
    await until(() => server.logged('call').length === 3);
    const queued = fieldsOf('call').map(({ queue_s }) => Number(queue_s));
    expect(Math.max(...queued)).to.be.greaterThan(0.1);
  });

  it('counts the bytes of a response that is created while it is sent', async () => {
    await server.start(DEBUG);
    const rows = (await call(server.url(), 'execute', 'select a.seq from numbers a limit 9000')) as unknown[];
    expect(rows).to.have.lengthOf(9000);
    await until(() => server.logged('call').length === 1);
    expect(fieldsOf('call')[0]).to.include({ rows: 9000 });
    expect(fieldsOf('call')[0]?.bytes_out).to.be.greaterThan(9000 * 20);
  });

  it('has slow statements, without their values, and counts them', async () => {
    await server.start({ 'slow-query': 0.2 });
    await call(server.url(), 'execute', "select sleep(0.3), 'secret', %s", ['hidden']);
    await call(server.url(), 'execute', 'select 1');
    const [slow, ...others] = server.logged('slow statement');
    expect(others).to.deep.equal([]);
    expect(slow?.level).to.equal('warn');
    expect(slow?.fields).to.include({ endpoint: 'shop', rows: 1, statement: 'select sleep (?), ?, ...' });
    expect(fieldsOf('slow statement')[0]?.duration_s).to.be.greaterThan(0.2);
    expect(JSON.stringify(server.log)).to.not.match(/secret|hidden/);
    expect(await server.metric('netsvc_slow_statements_total{database="shop"}')).to.equal(1);
  });

  it('has statements as --log-statements says', async () => {
    const sql = "select sleep(0.1), 'value'";
    for (const [form, statement] of [
      ['none', undefined],
      ['full', sql],
    ] as const) {
      await server.start({ ...DEBUG, 'slow-query': 0.05, 'log-statements': form });
      await call(server.url(), 'execute', sql);
      expect(fieldsOf('slow statement').map((fields) => fields.statement)).to.deep.equal([statement]);
      await server.stop();
    }
  });

  it('has only warnings at level warn', async () => {
    await server.start({ 'log-level': 'warn', 'slow-query': 0.05 });
    await (await server.open()).execute('select sleep(0.1)');
    await server.stop();
    const observed = ['slow statement', 'statement', 'call', 'session opened', 'session ended'];
    const written = server.log.map(({ message }) => message).filter((message) => observed.includes(message));
    expect(written).to.deep.equal(['slow statement']);
  });
});
