import { isIP } from 'node:net';

/**
 * The address of the client behind proxies: each adds the one that it was asked by to X-Forwarded-For, and is believed
 * if it is known.
 *
 * @param peer the address that the connection comes from
 * @returns undefined if what a known proxy says is no address
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

/** Some proxies add the port, with an IPv6 address in brackets. */
function addressOf(hop: string): string | undefined {
  const [, bracketed, plain = bracketed] = /^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+)(?::\d+)?)$/.exec(hop) ?? [];
  const address = unmapped(plain ?? hop);
  return isIP(address) === 0 ? undefined : address;
}

/** IPv4 clients of a dual-stack socket show as ::ffff:a.b.c.d. */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
