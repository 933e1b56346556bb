import ipaddr from 'ipaddr.js';
import { parseAddress, unmapped } from '../../access/address.js';

/** Sockets of these addresses take connections to all others: those of IPv4, and also those of IPv6. */
const ALL_IPV4 = '0.0.0.0';
const ALL = '::';

/** Whether only one of two listeners can have a port, because one address is, or contains, the other. */
export function overlap(host: string, other: string): boolean {
  const [one, two] = [canonical(host), canonical(other)];
  if (one === two || one === ALL || two === ALL) return true;
  return (one === ALL_IPV4 && isIPv4(two)) || (two === ALL_IPV4 && isIPv4(one));
}

/** The same for all ways to write an address. A host name may have any address, except for that of this machine. */
function canonical(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  return parseAddress(unmapped(host))?.toString() ?? host.toLowerCase();
}

function isIPv4(address: string): boolean {
  return ipaddr.IPv4.isValid(address);
}
