import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';
import { isIPv6, parseAddress } from './address.js';

/** An address and the length of its prefix in bits. */
type Network = readonly [IPv4 | IPv6, number];

/**
 * A set of addresses and networks.
 *
 * @example
 * new HostSet(['192.0.2.1', '10.0.0.0/8', 'fd00::/8']).has('10.1.2.3') // true
 */
export class HostSet {
  readonly networks: readonly string[];
  readonly #networks: readonly Network[];

  /**
   * @param networks addresses and networks in CIDR notation, IPv4 and IPv6
   * @throws {TypeError} that names the first invalid one
   */
  constructor(networks: readonly string[]) {
    this.#networks = networks.map(parseNetwork);
    this.networks = networks;
  }

  /** @param host numeric; any other text is in no set */
  has(host: string): boolean {
    const address = parseAddress(host);
    if (address === undefined) return false;
    return this.#networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  }
}

/**
 * The allowed client addresses: those that are allowed (by default all), except those that are denied.
 *
 * @example
 * const hosts = new HostRules(new HostSet(['10.0.0.0/8']), new HostSet(['10.1.0.0/16']));
 * await serve({ host: '0.0.0.0', hosts });
 */
export class HostRules {
  readonly #allowed: HostSet | undefined;
  readonly #denied: HostSet | undefined;

  constructor(allowed?: HostSet, denied?: HostSet) {
    this.#allowed = allowed;
    this.#denied = denied;
  }

  /** @param host numeric */
  admits(host: string): boolean {
    if (this.#denied?.has(host)) return false;
    return this.#allowed === undefined || this.#allowed.has(host);
  }
}

/**
 * Returns the network by which failed logins of a host are counted: the address itself for IPv4, its /64 for IPv6,
 * which is what a provider assigns to one subscriber.
 */
export function networkOf(host: string): string {
  const address = parseAddress(host);
  if (!isIPv6(address)) return host;
  const prefix = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}

function parseNetwork(text: string): Network {
  const [host = '', prefix, ...rest] = text.split('/');
  const address = parseAddress(host);
  try {
    if (address !== undefined && prefix === undefined) return [address, isIPv6(address) ? 128 : 32];
    // ipaddr.js checks the maximum, but accepts any form of a number.
    if (address !== undefined && /^\d+$/.test(prefix ?? '') && rest.length === 0) return ipaddr.parseCIDR(text);
  } catch {
    // The error below covers a prefix that is too long.
  }
  throw new TypeError(`invalid address or network "${text}" (expected such as 192.0.2.1, 10.0.0.0/8 or fd00::/8)`);
}
