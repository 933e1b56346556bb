import { hash, randomBytes } from 'node:crypto';
import { BcryptThread } from './bcrypt-thread.js';
import { FailedLogins } from './failed-logins.js';
import type { Passwords } from './password-file.js';

/** A password that was checked, and the hash that it was checked with. */
export interface Proof {
  readonly login: string;
  readonly hash: string;
  /** When it expires, unless it is used before. */
  until: number;
}

/** The outcome of a check. `wait` is in seconds. */
export type Verdict = Proof | 'wrong' | { readonly wait: number; readonly because: 'failures' | 'load' };

/** The lifetime of an entry of the password cache after its last use, in milliseconds, and the size of the cache. */
const CACHE_LIFETIME = 60_000;
const MAX_CACHED = 10_000;

/** The maximum number of logins that wait to be checked, in total and from one host. */
const MAX_WAITING = 256;
const MAX_WAITING_FROM_HOST = 64;

/**
 * Authenticates users by their passwords, in constant time for unknown users, with a limit on the rate of failed
 * logins.
 *
 * @example
 * const users = new Users(parsePasswords(await readFile('users', 'utf8')));
 * const server = await serve({ users });
 */
export class Users {
  #passwords: Passwords = new Map();
  #hashes: readonly string[] = [];
  readonly #clock: () => number;
  readonly #thread = new BcryptThread();
  readonly #failed: FailedLogins;
  readonly #secret = randomBytes(32).toString('hex');
  readonly #proofs = new Map<string, Proof>();
  /** The logins that are being checked or wait to be. */
  readonly #checks = new Map<string, Promise<Verdict>>();
  readonly #waiting = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param clock monotonic milliseconds */
  constructor(passwords: Passwords, clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#failed = new FailedLogins(clock);
    this.replace(passwords);
  }

  /** Replaces the users. Entries of the password cache whose hash has changed become invalid. */
  replace(passwords: Passwords): void {
    this.#passwords = passwords;
    this.#hashes = [...passwords.values()];
  }

  /**
   * Checks a password. The check of an unknown login takes as long as that of a wrong password.
   *
   * @param host numeric; a host with too many failed logins has to wait
   */
  check(login: string, password: string, host: string): Verdict | Promise<Verdict> {
    const digest = this.#digest(login, password);
    const proof = this.#proofs.get(digest);
    if (proof !== undefined && this.holds(proof)) return proof;
    const wait = this.#failed.wait(host);
    if (wait > 0) return { wait, because: 'failures' };
    // Of several simultaneous requests with the same credentials, one is checked.
    const key = `${host} ${digest}`;
    return this.#checks.get(key) ?? this.#queue(key, login, password, host, digest);
  }

  /** Whether a checked password is still valid: it has been used within the last minute and has not been changed. */
  holds(proof: Proof): boolean {
    const now = this.#clock();
    if (now >= proof.until || this.#passwords.get(proof.login) !== proof.hash) return false;
    proof.until = now + CACHE_LIFETIME;
    return true;
  }

  /** Stops the worker thread. */
  end(): Promise<void> {
    return this.#thread.end();
  }

  /** Keyed, so that an entry of the cache does not reveal the password without the key. */
  #digest(login: string, password: string): string {
    return hash('sha256', `${this.#secret}${login}:${password}`, 'base64');
  }

  #queue(key: string, login: string, password: string, host: string, digest: string): Verdict | Promise<Verdict> {
    const fromHost = this.#waiting.get(host) ?? 0;
    if (this.#checks.size >= MAX_WAITING || fromHost >= MAX_WAITING_FROM_HOST) return { wait: 1, because: 'load' };
    this.#waiting.set(host, fromHost + 1);
    const check = this.#last
      .then(() => this.#check(login, password, host, digest))
      .finally(() => {
        this.#checks.delete(key);
        this.#endWait(host);
      });
    this.#checks.set(key, check);
    this.#last = check.catch(() => {});
    return check;
  }

  #endWait(host: string): void {
    const fromHost = (this.#waiting.get(host) ?? 1) - 1;
    if (fromHost > 0) this.#waiting.set(host, fromHost);
    else this.#waiting.delete(host);
  }

  async #check(login: string, password: string, host: string, digest: string): Promise<Verdict> {
    // Logins before this one may have failed meanwhile.
    const wait = this.#failed.wait(host);
    if (wait > 0) return { wait, because: 'failures' };
    const own = this.#passwords.get(login);
    const compared = own ?? this.#decoyHash(login);
    const matches = compared !== undefined && (await this.#thread.compare({ password, hash: compared }));
    if (matches && own !== undefined) return this.#cache({ login, hash: own, until: 0 }, digest);
    this.#failed.add(host);
    return 'wrong';
  }

  /**
   * Returns a hash to check the password of an unknown login with. It is always the same for a login, since costs can
   * differ.
   */
  #decoyHash(login: string): string | undefined {
    const number = Buffer.from(this.#digest(login, ''), 'base64').readUInt32LE();
    return this.#hashes[number % this.#hashes.length];
  }

  #cache(proof: Proof, digest: string): Proof {
    const [oldest] = this.#proofs.keys();
    if (this.#proofs.size >= MAX_CACHED && oldest !== undefined) this.#proofs.delete(oldest);
    proof.until = this.#clock() + CACHE_LIFETIME;
    this.#proofs.set(digest, proof);
    return proof;
  }
}
