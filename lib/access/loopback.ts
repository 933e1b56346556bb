import { isIPv4 } from 'node:net';

/** Whether a host, as it is named, is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
