/**
 * Returns the path of a request target in the form of service names: percent-decoded, without the query, empty segments
 * and outer slashes. The absolute form that proxies send is accepted.
 *
 * @returns undefined if an escape is malformed or a segment is `.` or `..`
 */
export function requestPath(target: string): string | undefined {
  // The common case, which needs no decoding.
  if (/^(?:\/[\w-]+)+$/.test(target)) return target.slice(1);
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  try {
    const segments = decodeURIComponent(path).split('/').filter(Boolean);
    return segments.some((segment) => segment === '.' || segment === '..') ? undefined : segments.join('/');
  } catch {
    return undefined;
  }
}

/** Returns the part of `path` below `prefix`, both without outer slashes; undefined if it is not below it. */
export function pathBelow(prefix: string, path: string): string | undefined {
  if (prefix === '') return path;
  if (path === prefix) return '';
  return path.startsWith(prefix) && path[prefix.length] === '/' ? path.slice(prefix.length + 1) : undefined;
}
