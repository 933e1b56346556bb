import { unwatchFile, watchFile } from 'node:fs';
import { Users, type UsersOptions } from '../../access/users.js';
import type { Log } from '../../netsvc/log.js';
import { systemErrorText } from '../../system/system-error.js';
import { UsageError } from '../configuration/problems.js';
import { readUsersFile } from '../configuration/users-file.js';
import type { Reload } from '../observation/event-stream.js';

/** The interval at which a password file is checked for changes, in milliseconds. */
const RELOAD_INTERVAL = 1000;

/** The users of a password file, which is reloaded when it changes. */
export class WatchedUsers {
  readonly users: Users;
  #path: string;
  readonly #what: string;
  readonly #log: Log;
  /** Called when the file has been read again. */
  onReloaded = () => {};
  /** Called when the file has changed, and has been read or cannot be used. */
  onRead: (reload: Reload) => void = () => {};

  /**
   * @param what the name of the users in the log
   * @throws {UsageError} if the file cannot be used
   */
  constructor(path: string, what: string, log: Log, options: UsersOptions = {}) {
    this.users = new Users(readUsersFile(path), undefined, options);
    this.#path = path;
    this.#what = what;
    this.#log = log;
  }

  watch(): void {
    watchFile(this.#path, { interval: RELOAD_INTERVAL }, this.reload);
  }

  /** The file has changed. If it cannot be used, the previous version is kept. */
  readonly reload = (): void => {
    const what = this.#what;
    try {
      this.users.replace(readUsersFile(this.#path));
      this.#log.info({ what }, 'reloaded');
      this.onRead({ what });
    } catch (error) {
      const reason = error instanceof UsageError ? { reason: error.message } : { err: error };
      this.#log.error({ what, ...reason }, 'reload failed; keeping the previous version');
      this.onRead({ what, problems: [systemErrorText(error)] });
    }
    this.onReloaded();
  };

  /**
   * Reads the password file that new settings name.
   *
   * @param path undefined: as before
   * @returns a function that applies it
   * @throws {UsageError} if it cannot be used
   */
  prepare(path = this.#path, options: UsersOptions = {}): () => void {
    const passwords = readUsersFile(path);
    return () => {
      if (path !== this.#path) {
        unwatchFile(this.#path, this.reload);
        this.#path = path;
        this.watch();
      }
      this.users.replace(passwords);
      this.users.replaceOptions(options);
      this.onReloaded();
    };
  }

  async end(): Promise<void> {
    unwatchFile(this.#path, this.reload);
    await this.users.end();
  }
}
