/**
 * The path of a request target as services are named: percent-decoded, without query, empty segments and outer slashes.
 * The absolute form that proxies use is taken too.
 *
 * @returns undefined if the escapes are malformed or a segment is `.` or `..`: no service is named so
 */
export function requestPath(target: string): string | undefined {
  // What nearly every client sends needs no work.
  if (/^(?:\/[\w-]+)+$/.test(target)) return target.slice(1);
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  try {
    const segments = decodeURIComponent(path).split('/').filter(Boolean);
    return segments.some((segment) => segment === '.' || segment === '..') ? undefined : segments.join('/');
  } catch {
    return undefined;
  }
}

/** What is left of `path` below `prefix` (both without outer slashes), or undefined if it lies elsewhere. */
export function pathBelow(prefix: string, path: string): string | undefined {
  if (prefix === '') return path;
  if (path === prefix) return '';
  return path.startsWith(prefix) && path[prefix.length] === '/' ? path.slice(prefix.length + 1) : undefined;
}
