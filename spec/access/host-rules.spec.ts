import { expect } from 'chai';
import { HostRules, HostSet, networkOf } from '#lib/access/host-rules.js';

describe('HostSet', () => {
  const members: [string, string[], string[]][] = [
    ['192.0.2.1', ['192.0.2.1'], ['192.0.2.2', '::1']],
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
    ['10.1.2.3/8', ['10.0.0.1'], ['11.0.0.1']],
    ['0.0.0.0/0', ['1.2.3.4', '255.255.255.255'], ['::1']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1'], ['::2', '127.0.0.1']],
    ['fd00::/8', ['fd00::1', 'fdff:ffff::', 'FD12::1'], ['fe00::1', 'fc00::1']],
    ['fe80::/10', ['fe80::1%eth0'], ['fec0::1%eth0']],
    ['::/0', ['::', 'ffff::'], ['1.2.3.4']],
  ];
  for (const [network, inside, outside] of members) {
    it(`${network} contains ${inside.join(' and ')}, but not ${outside.join(' and ')}`, () => {
      const set = new HostSet([network]);
      for (const host of inside) expect(set.has(host), host).to.equal(true);
      for (const host of outside) expect(set.has(host), host).to.equal(false);
    });
  }

  it('contains nothing that is not an address', () => {
    const all = new HostSet(['0.0.0.0/0', '::/0']);
    for (const host of ['', 'localhost', '1.2.3', '1.2.3.4.5', ':::', '01.2.3.4'])
      expect(all.has(host)).to.equal(false);
  });

  for (const network of [
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fd00::/129',
    '10.0.0.0/-1',
    '10/8',
  ]) {
    it(`rejects "${network}"`, () =>
      expect(() => new HostSet([network])).to.throw(TypeError, `invalid address or network "${network}"`));
  }
});

describe('HostRules', () => {
  const rules = (allowed?: string[], denied?: string[]) =>
    new HostRules(allowed && new HostSet(allowed), denied && new HostSet(denied));

  it('admit all addresses by default', () => expect(rules().admits('192.0.2.1')).to.equal(true));

  it('admit none if the list of allowed addresses is empty', () =>
    expect(rules([]).admits('192.0.2.1')).to.equal(false));

  it('admit only allowed addresses', () => {
    expect(rules(['10.0.0.0/8']).admits('10.1.1.1')).to.equal(true);
    expect(rules(['10.0.0.0/8']).admits('192.0.2.1')).to.equal(false);
    expect(rules(['10.0.0.0/8']).admits('::1')).to.equal(false);
  });

  it('admit no denied address, even if it is allowed', () => {
    expect(rules(['10.0.0.0/8'], ['10.1.0.0/16']).admits('10.1.1.1')).to.equal(false);
    expect(rules(undefined, ['10.1.0.0/16']).admits('10.1.1.1')).to.equal(false);
    expect(rules(undefined, ['10.1.0.0/16']).admits('10.2.1.1')).to.equal(true);
  });
});

describe('networkOf', () => {
  const networks: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ];
  for (const [host, network] of networks)
    it(`returns ${network} for ${host}`, () => expect(networkOf(host)).to.equal(network));
});
