import { isIPv6 } from 'node:net';
import { systemErrorText } from '../system/system-error.js';
import { UsageError } from './problems.js';
import type { Settings } from './settings.js';

/** Milliseconds for the answer. */
const TIMEOUT = 5000;

/**
 * Asks a running server whether it is ready.
 *
 * @param url of its admin listener; by default the address in the settings
 * @returns whether it is, and its answer or why there is none
 * @throws {UsageError} if no address is known
 */
export async function askReady(
  url: string | undefined,
  settings: Pick<Settings, 'admin'>,
): Promise<{ readonly ready: boolean; readonly answer: string }> {
  const target = new URL('readyz', url === undefined ? localUrl(settings) : parsed(url));
  try {
    const response = await fetch(target, { signal: AbortSignal.timeout(TIMEOUT), headers: credentials(target) });
    return { ready: response.ok, answer: (await response.text()).trim() };
  } catch (error) {
    return { ready: false, answer: `no answer from ${target.host}: ${reasonOf(error as Error)}` };
  }
}

function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT / 1000} seconds`;
  return systemErrorText(error.cause ?? error);
}

function localUrl({ admin }: Pick<Settings, 'admin'>): string {
  if (admin === undefined) throw new UsageError('--ready requires a URL, --admin-port, or admin in the configuration');
  // A listener on all addresses is asked on this machine.
  const host = admin.host === '0.0.0.0' ? '127.0.0.1' : admin.host === '::' ? '::1' : admin.host;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${admin.port}`;
}

function parsed(url: string): string {
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw new UsageError(`invalid URL "${url}"`);
  return url;
}

/** `fetch` accepts no URL with credentials. */
function credentials(url: URL): Record<string, string> {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}
