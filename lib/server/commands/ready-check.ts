import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { isCutByPassword, PASSWORD_ESCAPES } from '../../system/password-escapes.js';
import { orFail, systemErrorText } from '../../system/system-error.js';
import { UsageError } from '../configuration/problems.js';
import type { Settings } from '../configuration/settings.js';

/** Milliseconds for the answer. */
const TIMEOUT = 5000;

/**
 * Asks a running server whether it is ready: `/readyz`.
 *
 * @param url of its admin listener, which may have the parameters of `/readyz`, or `@` and the name of a file with the
 *   URL; by default the address in the settings
 * @returns whether it is, and its answer or why there is none
 * @throws {UsageError} if no address is known
 */
export async function askReady(
  url: string | undefined,
  settings: Pick<Settings, 'admin'>,
): Promise<{ readonly ready: boolean; readonly answer: string }> {
  const target = parsed(url === undefined ? localUrl(settings) : url.startsWith('@') ? readUrl(url.slice(1)) : url);
  const headers = credentials(target);
  target.pathname = target.pathname.replace(/\/?(?:readyz)?$/, '/readyz');
  try {
    const response = await fetch(target, { signal: AbortSignal.timeout(TIMEOUT), headers });
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

/** The text is not repeated, because it may contain a password. */
function parsed(text: string): URL {
  if (isCutByPassword(text)) throw new UsageError(`--ready: malformed URL (${PASSWORD_ESCAPES})`);
  if (/^https?:/.test(text) && URL.canParse(text)) return new URL(text);
  throw new UsageError('--ready: expected a URL such as http://127.0.0.1:9464');
}

function readUrl(path: string): string {
  return orFail(UsageError, `--ready: ${path}`, () => readFileSync(path, 'utf8').trim());
}

/** `fetch` accepts no URL with credentials. */
function credentials(url: URL): Record<string, string> {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '') return {};
  const login = `${unescaped(username)}:${unescaped(password)}`;
  return { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError('--ready: malformed escape in the URL (write %25 for a percent sign)');
  }
}
