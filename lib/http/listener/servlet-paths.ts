import { pathBelow } from '../answers/request-path.js';
import type { Servlet } from '../answers/servlet.js';

/** A servlet, and the rest of the path below the one that it is attached to. */
export interface Found {
  readonly servlet: Servlet;
  readonly below: string;
}

/** The servlets by path. */
export class ServletPaths {
  /** The longest path first. */
  #attached: { readonly path: string; readonly servlet: Servlet }[] = [];

  attach(path: string, servlet: Servlet): void {
    this.detach(path);
    const attached = { path: attachPath(path), servlet };
    this.#attached = [...this.#attached, attached].sort((a, b) => b.path.length - a.path.length);
  }

  detach(path: string): void {
    const detached = attachPath(path);
    this.#attached = this.#attached.filter(({ path }) => path !== detached);
  }

  /** @param path without outer slashes */
  find(path: string): Found | undefined {
    for (const { path: prefix, servlet } of this.#attached) {
      const below = pathBelow(prefix, path);
      if (below !== undefined) return { servlet, below };
    }
    return undefined;
  }
}

function attachPath(path: string): string {
  return path.split('/').filter(Boolean).join('/');
}
