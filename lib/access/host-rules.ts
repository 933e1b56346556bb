import { BlockList, isIP } from 'node:net';

/** Hosts, by their addresses. */
export class HostSet {
  /** Apart: node takes IPv4 addresses for IPv6 ones, so that ::/0 would have them. */
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  readonly networks: readonly string[];

  /**
   * @param networks addresses and networks in CIDR notation, of IPv4 and IPv6
   * @throws {TypeError} that names what is neither
   */
  constructor(networks: readonly string[]) {
    for (const network of networks) this.#add(network);
    this.networks = networks;
  }

  /** @param host numeric; what is not an address is in no set */
  has(host: string): boolean {
    const address = withoutZone(host);
    const family = familyOf(address);
    return family !== undefined && this.#lists[family].check(address, family);
  }

  #add(network: string): void {
    const [address = '', prefix, ...more] = network.split('/');
    const family = familyOf(address);
    const bits = family === 'ipv4' ? 32 : 128;
    if (family === undefined || more.length > 0 || (prefix !== undefined && !isPrefix(prefix, bits))) {
      throw new TypeError(`"${network}" is no address and no network, such as 192.0.2.1, 10.0.0.0/8 or fd00::/8`);
    }
    if (prefix === undefined) this.#lists[family].addAddress(address, family);
    else this.#lists[family].addSubnet(address, Number(prefix), family);
  }
}

/**
 * Which hosts may use the server: those that are allowed, or all if nothing is said of that, without those that are
 * denied.
 */
export class HostRules {
  readonly #allowed: HostSet | undefined;
  readonly #denied: HostSet | undefined;

  constructor(allowed?: HostSet, denied?: HostSet) {
    this.#allowed = allowed;
    this.#denied = denied;
  }

  admits(host: string): boolean {
    if (this.#denied?.has(host)) return false;
    return this.#allowed === undefined || this.#allowed.has(host);
  }
}

/**
 * The network that a host is counted with: an IPv4 address counts alone, an IPv6 address with all of its /64, which a
 * single subscriber has to himself.
 */
export function networkOf(host: string): string {
  const address = withoutZone(host);
  if (familyOf(address) !== 'ipv6') return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const behind = tail.split(':').filter(Boolean);
  if (address.includes('::')) groups.push(...Array<string>(8 - groups.length - behind.length).fill('0'), ...behind);
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

function isPrefix(text: string, most: number): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= most;
}

/** Link-local addresses name the interface too: fe80::1%eth0. */
function withoutZone(host: string): string {
  const percent = host.indexOf('%');
  return percent < 0 ? host : host.slice(0, percent);
}
