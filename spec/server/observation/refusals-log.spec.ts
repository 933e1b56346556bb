import { expect } from 'chai';
import type { Refusal } from '#lib/netsvc/refusal.js';
import { RefusalsLog } from '#lib/server/observation/refusals-log.js';
import { until } from '../../support/until.js';

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function logged(options: { readonly quiet?: number } = {}) {
  const lines: Line[] = [];
  const take = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message });
  const log = { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') };
  const refusals = new RefusalsLog(log, { holderOf: () => ({ user: 'alan', held: 7 }), ...options });
  return { lines, note: refusals.note };
}

describe('RefusalsLog', () => {
  it('writes one line when refusals begin, with who holds the most, and one when they have ended', async () => {
    const { lines, note } = logged({ quiet: 0.05 });
    for (let i = 0; i < 20; i++) note({ resource: 'connections', database: 'shop' });
    expect(lines).to.deep.equal([
      {
        level: 'warn',
        fields: { resource: 'connections', database: 'shop', holder: 'alan', held: 7 },
        message: 'requests are refused',
      },
    ]);
    await until(() => lines.length > 1, 5);
    expect(lines[1]).to.deep.equal({
      level: 'info',
      fields: { resource: 'connections', database: 'shop', refused: 20, duration_s: 0 },
      message: 'requests are no longer refused',
    });
    note({ resource: 'connections', database: 'shop' });
    expect(lines).to.have.length(3);
  });

  it('is not over while requests are refused', async () => {
    const { lines, note } = logged({ quiet: 0.5 });
    const started = performance.now();
    while (performance.now() - started < 1000) {
      note({ resource: 'disk' });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(lines).to.have.length(1);
    await until(() => lines.length > 1, 5);
  });

  it('tells resources, databases, users and addresses apart', () => {
    const { lines, note } = logged();
    const refusals: Refusal[] = [
      { resource: 'sessions' },
      { resource: 'connections', database: 'shop' },
      { resource: 'connections', database: 'stock' },
      { resource: 'sessions_of_user', user: 'grace' },
      { resource: 'sessions_of_user', user: 'alan' },
      { resource: 'logins', user: 'grace', host: '192.0.2.1' },
      { resource: 'logins', user: 'grace', host: '192.0.2.2' },
    ];
    for (const refusal of [...refusals, ...refusals]) note(refusal);
    expect(lines).to.have.length(refusals.length);
  });

  it('asks who holds the most only when refusals begin', () => {
    const { note } = logged();
    let asked = 0;
    const holder = () => {
      asked++;
      return undefined;
    };
    for (let i = 0; i < 20; i++) note({ resource: 'memory', holder });
    expect(asked).to.equal(1);
  });

  it('tells few users and addresses apart, so that strangers do not fill the log', async () => {
    const { lines, note } = logged({ quiet: 0.05 });
    for (let i = 0; i < 5000; i++) note({ resource: 'logins', user: `${i}${'x'.repeat(5000)}`, host: `192.0.2.${i}` });
    const names = lines.map(({ fields }) => fields.user);
    expect(names).to.have.length(21);
    expect(names.slice(0, 20).every((name) => String(name).length === 64)).to.equal(true);
    expect(lines[20]?.fields).to.deep.equal({ resource: 'logins', holder: 'alan', held: 7 });
    await until(() => lines.length === 42, 5);
    const ended = lines.slice(21).map(({ fields: { refused } }) => Number(refused));
    expect(ended.reduce((sum, refused) => sum + refused)).to.equal(5000);
    note({ resource: 'logins', user: 'grace', host: '192.0.2.1' });
    expect(lines[42]?.fields).to.include({ user: 'grace' });
  });

  it('has a line for each resource, however much of another one is refused', () => {
    const { lines, note } = logged();
    for (let i = 0; i < 5000; i++) note({ resource: 'logins', user: `${i}`, host: `192.0.2.${i}` });
    for (const resource of ['connections', 'disk', 'sessions_of_user'] as const) {
      note({ resource, ...(resource === 'sessions_of_user' && { user: 'grace' }) });
      expect(lines.at(-1)?.fields).to.include({ resource });
    }
  });
});
