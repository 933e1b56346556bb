import { isIP, isIPv4 } from 'node:net';
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';

/**
 * Parses a numeric address; undefined for anything else. Node's `isIP` comes first, because ipaddr.js accepts octal and
 * shortened forms of IPv4, such as 010.1, which other programs read differently.
 */
export function parseAddress(text: string): IPv4 | IPv6 | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.parse(text);
}

/** Returns IPv4-mapped addresses (::ffff:192.0.2.1), which IPv4 clients of a dual-stack socket have, as IPv4. */
export function unmapped(text: string): string {
  const address = parseAddress(text);
  return isIPv6(address) && address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : text;
}

export function isIPv6(address: IPv4 | IPv6 | undefined): address is IPv6 {
  return address?.kind() === 'ipv6';
}

/** Whether a host name or address is a loopback address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
