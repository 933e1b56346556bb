import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Returns a port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Returns the first of several consecutive ports of 127.0.0.1 that nothing listens on. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const probes = Array.from({ length: count }, (_, i) => createServer().listen(first + i, '127.0.0.1'));
    const listening = await Promise.allSettled(probes.map((probe) => once(probe, 'listening')));
    await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
    if (listening.every(({ status }) => status === 'fulfilled')) return first;
  }
}
