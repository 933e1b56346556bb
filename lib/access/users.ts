import { hash, randomBytes } from 'node:crypto';
import { BcryptThread } from './bcrypt-thread.js';
import { CheckQueue } from './check-queue.js';
import { FailedLogins, type LoginWait, MAX_FAILURES } from './failed-logins.js';
import { type HostSet, networkOf } from './host-rules.js';
import type { Passwords } from './password-file.js';
import type { Proof, Verdict } from './verdict.js';

export interface UsersOptions {
  /** Failed logins as one user, from one network, after which that login has to wait there; 10 by default. */
  readonly loginFailures?: number;
  /** Addresses whose failed logins are not counted; none by default. */
  readonly exempt?: HostSet | undefined;
}

/** The lifetime of an entry of the password cache after its last use, in milliseconds, and the size of the cache. */
const CACHE_LIFETIME = 60_000;
/** Milliseconds that it is known of a wrong password that it is wrong. */
const WRONG_LIFETIME = 60_000;
const MAX_CACHED = 10_000;

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
  #exempt: HostSet | undefined;
  readonly #thread = new BcryptThread();
  readonly #failed: FailedLogins;
  readonly #queue = new CheckQueue();
  readonly #secret = randomBytes(32).toString('hex');
  readonly #proofs = new Map<string, Proof>();
  /** The hashes that passwords had when they were right, by network and digest, in order of the last check. */
  readonly #proven = new Map<string, string>();
  /** Passwords that were wrong, by network and digest, in order of the check. */
  readonly #wrong = new Map<string, WrongPassword>();
  /** The logins that are being checked or wait to be. */
  readonly #checks = new Map<string, Promise<Verdict>>();

  /** @param clock monotonic milliseconds */
  constructor(passwords: Passwords, clock = () => performance.now(), { loginFailures, exempt }: UsersOptions = {}) {
    this.#clock = clock;
    this.#exempt = exempt;
    this.#failed = new FailedLogins(clock, loginFailures);
    this.replace(passwords);
  }

  /** How many there are. */
  get size(): number {
    return this.#passwords.size;
  }

  has(login: string): boolean {
    return this.#passwords.has(login);
  }

  /** Replaces the users. Entries of the password cache whose hash has changed become invalid. */
  replace(passwords: Passwords): void {
    this.#passwords = passwords;
    this.#hashes = [...passwords.values()];
  }

  /** Replaces the limits of failed logins. */
  replaceOptions({ loginFailures = MAX_FAILURES, exempt }: UsersOptions): void {
    this.#failed.limit = loginFailures;
    this.#exempt = exempt;
  }

  /**
   * Checks a password. The check of an unknown login takes as long as that of a wrong password.
   *
   * A program repeats a stale password: within a minute it is neither checked nor counted again. That does not help to
   * guess, since each guess is another password.
   *
   * @param host numeric; a login with too many failures on its network has to wait, unless the password has been right
   *   there: a digest of it is kept. An exception for the user would tell others that the user exists.
   */
  check(login: string, password: string, host: string): Verdict | Promise<Verdict> {
    const digest = this.#digest(login, password);
    const proof = this.#proofs.get(digest);
    if (proof !== undefined && this.holds(proof)) return proof;
    const attempt = { login, password, host, digest, origin: `${networkOf(host)} ${digest}` };
    const wait = this.#wait(attempt);
    if (wait !== undefined) return refused(wait);
    // Not before: to a login that has to wait, this would tell which passwords another one has tried.
    if (this.#isKnownWrong(attempt)) return 'wrong again';
    // Of several simultaneous requests with the same credentials, one is checked.
    return this.#checks.get(attempt.origin) ?? this.#enqueue(attempt);
  }

  /** Whether a checked password is still valid: it has been used within the last minute and has not been changed. */
  holds(proof: Proof): boolean {
    const now = this.#clock();
    if (now >= proof.until || this.#passwords.get(proof.login) !== proof.hash) return false;
    proof.until = now + CACHE_LIFETIME;
    return true;
  }

  /**
   * Forgets the failed logins of a user, of the network of a host, of a user there, or all.
   *
   * @returns how many logins and networks were waiting
   */
  unlock(login?: string, host?: string): number {
    return this.#failed.forget(login === undefined ? undefined : this.#digest(login, ''), host);
  }

  /** Stops the worker thread. */
  end(): Promise<void> {
    return this.#thread.end();
  }

  /** Keyed, so that an entry of the cache does not reveal the password without the key. */
  #digest(login: string, password: string): string {
    return hash('sha256', `${this.#secret}${login}:${password}`, 'base64');
  }

  /** How long a login has to wait. One with a password that has been right on the network never does. */
  #wait(attempt: Attempt): LoginWait | undefined {
    if (this.#isProven(attempt) || this.#exempt?.has(attempt.host)) return undefined;
    return this.#failed.wait(attempt.host, this.#digest(attempt.login, ''));
  }

  #isProven({ login, origin }: Attempt): boolean {
    const hash = this.#proven.get(origin);
    return hash !== undefined && this.#passwords.get(login) === hash;
  }

  #isKnownWrong({ login, origin }: Attempt): boolean {
    const wrong = this.#wrong.get(origin);
    return wrong !== undefined && this.#clock() < wrong.until && this.#passwords.get(login) === wrong.hash;
  }

  #enqueue(attempt: Attempt): Verdict | Promise<Verdict> {
    const { origin, host } = attempt;
    const run = () => this.#check(attempt);
    const verdict = this.#queue.add(this.#isProven(attempt) ? origin : networkOf(host), run);
    if (!(verdict instanceof Promise)) return verdict;
    const check = verdict.finally(() => this.#checks.delete(origin));
    this.#checks.set(origin, check);
    return check;
  }

  async #check(attempt: Attempt): Promise<Verdict> {
    // Logins before this one may have failed meanwhile.
    const wait = this.#wait(attempt);
    if (wait !== undefined) return refused(wait);
    const { login, password, host } = attempt;
    const own = this.#passwords.get(login);
    const compared = own ?? this.#decoyHash(login);
    const matches = compared !== undefined && (await this.#thread.compare({ password, hash: compared }));
    if (matches && own !== undefined) return this.#cache({ login, hash: own, until: 0 }, attempt);
    put(this.#wrong, attempt.origin, { hash: own, until: this.#clock() + WRONG_LIFETIME });
    if (!this.#exempt?.has(host)) this.#failed.add(host, this.#digest(login, ''));
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

  #cache(proof: Proof, { digest, origin }: Attempt): Proof {
    proof.until = this.#clock() + CACHE_LIFETIME;
    put(this.#proofs, digest, proof);
    put(this.#proven, origin, proof.hash);
    return proof;
  }
}

interface Attempt {
  readonly login: string;
  readonly password: string;
  readonly host: string;
  readonly digest: string;
  /** The network and the digest. */
  readonly origin: string;
}

interface WrongPassword {
  /** The hash that it was compared with; undefined if there was no such user. */
  readonly hash: string | undefined;
  readonly until: number;
}

function refused({ seconds, of }: LoginWait): Verdict {
  return { wait: seconds, because: of === 'login' ? 'failures' : 'network' };
}

/** Adds an entry as the last one, for at most MAX_CACHED. */
function put<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > MAX_CACHED && oldest !== undefined) entries.delete(oldest);
}
