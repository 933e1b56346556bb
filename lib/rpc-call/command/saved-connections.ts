import { join } from 'node:path';
import type { FormatName } from '../formats/formats.js';

/** A connection that has a name in the configuration file. */
export interface SavedConnection {
  readonly url: URL;
  readonly user?: string;
  /** Returns the password, if there is one. */
  readonly password?: () => string;
  readonly format?: FormatName;
}

/** What a command can be about besides a URL on the command line. */
export interface Targets {
  /** @returns undefined if there is no connection with this name */
  named(name: string): SavedConnection | undefined;
  /** A URL or a name, which counts if the command line has none. */
  readonly fallback: string | undefined;
  /** The file with the names, for errors. */
  readonly file: string;
}

/** Of a command line without an environment. */
export const NO_TARGETS: Targets = { named: () => undefined, fallback: undefined, file: '' };

/** What only a URL begins with. */
const URL_BEGINNING = /^[a-z][a-z0-9+.-]*:\/\//i;

export function looksLikeUrl(word: string): boolean {
  return URL_BEGINNING.test(word);
}

/** Returns the path of the file with connections: in the folder XDG_CONFIG_HOME, or in `~/.config`. */
export function connectionPath({ XDG_CONFIG_HOME: folder, HOME: home = '.' }: NodeJS.ProcessEnv): string {
  return join(folder || join(home, '.config'), 'rpc-call.yaml');
}

/** Whether a word is a URL, or the name of a connection. */
export function isTarget(word: string, targets: Targets): boolean {
  return looksLikeUrl(word) || targets.named(word) !== undefined;
}
