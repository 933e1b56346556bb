import { parseAddress, unmapped } from '../../access/address.js';

/**
 * Returns the address of a client behind proxies. Each proxy appends the address of its own client to X-Forwarded-For.
 * An entry is used only if a trusted proxy appended it, so clients cannot forge it. (The proxy-addr package does the
 * same, but does not accept the ports that some proxies append.)
 *
 * @param peer the address that the connection comes from
 * @returns undefined if an entry of a trusted proxy is not an address
 */
export function forwardedFor(peer: string, header: string, isProxy: (address: string) => boolean): string | undefined {
  const hops = header.split(',');
  let client = peer;
  for (let hop = hops.pop(); hop !== undefined && isProxy(client); hop = hops.pop()) {
    const address = addressOf(hop.trim());
    if (address === undefined) return undefined;
    client = address;
  }
  return client;
}

/** Removes the port, and the brackets of an IPv6 address with one. */
function addressOf(hop: string): string | undefined {
  const [, bracketed, plain = bracketed] = /^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+)(?::\d+)?)$/.exec(hop) ?? [];
  const text = plain ?? hop;
  return parseAddress(text) === undefined ? undefined : unmapped(text);
}
