import { getHeapStatistics } from 'node:v8';

/** What memory is held for. */
export const MEMORY_KINDS = ['requests', 'statements', 'rows', 'answers', 'responses'] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** Whose memory an account counts. */
export type MemoryHolder = 'process' | 'user' | 'session';

/** The maximum sizes of accounts, in bytes. */
export type MemoryLimits = Readonly<Record<MemoryHolder, number>>;

/** The part of the heap that clients may fill by default. The rest is for the program, and for what is not counted. */
const SHARE_OF_HEAP = 1 / 2;

/** The parts of the memory of the process that one user and one session may hold by default. */
const SHARES = { user: 1 / 2, session: 1 / 4 } as const;

/** Returns all limits. @param given those that are set, in bytes */
export function memoryLimits(given: Partial<MemoryLimits> = {}): MemoryLimits {
  const { process = Math.floor(getHeapStatistics().heap_size_limit * SHARE_OF_HEAP) } = given;
  const { user = Math.floor(process * SHARES.user), session = Math.floor(process * SHARES.session) } = given;
  return { process, user, session };
}

/** The program would hold more memory than an account allows. */
export class MemoryRefused extends Error {
  /** @param account which has too little left */
  constructor(readonly account: MemoryAccount) {
    super(`the memory account of the ${account.holder} has a limit of ${account.limit} bytes`);
  }
}

/**
 * Counts the memory that the process holds for a session, a user or all clients. What a session draws is drawn from the
 * accounts of its user and of the process too.
 */
export class MemoryAccount {
  readonly holder: MemoryHolder;
  /** The name, or the address of an anonymous client; '' for the process. */
  readonly user: string;
  readonly #accounts: MemoryAccounts;
  readonly #parentOf: () => MemoryAccount | undefined;
  /** Found again whenever the account was empty: an empty account may have been forgotten. */
  #parent: MemoryAccount | undefined;
  #used = 0;

  constructor(holder: MemoryHolder, user: string, accounts: MemoryAccounts, parentOf: () => MemoryAccount | undefined) {
    this.holder = holder;
    this.user = user;
    this.#accounts = accounts;
    this.#parentOf = parentOf;
  }

  /** Bytes that are held. They can exceed the limit, by what was added. */
  get used(): number {
    return this.#used;
  }

  get limit(): number {
    return this.#accounts.limits[this.holder];
  }

  /** The user, or address, whose sessions and requests hold the most, and how much. */
  get topUser(): readonly [user: string, held: number] | undefined {
    return this.#accounts.topUser;
  }

  /**
   * Draws bytes before they are used.
   *
   * @throws {MemoryRefused} if this account, or one above, has too little left
   */
  draw(bytes: number, kind: MemoryKind): void {
    const full = this.#full(bytes);
    if (full) {
      this.#accounts.noteRefusal(full);
      throw new MemoryRefused(full);
    }
    this.add(bytes, kind);
  }

  /** The same, without an error. @returns whether the bytes have been drawn */
  tryDraw(bytes: number, kind: MemoryKind): boolean {
    if (this.#full(bytes)) return false;
    this.add(bytes, kind);
    return true;
  }

  /** Counts bytes whatever the limit is: what has begun is finished, and what comes next is refused. */
  add(bytes: number, kind: MemoryKind): void {
    if (this.#used === 0) this.#parent = this.#parentOf();
    this.#used += bytes;
    if (this.#parent) this.#parent.add(bytes, kind);
    else this.#accounts.count(this.#used, bytes, kind);
  }

  /** Returns bytes that were drawn or added. */
  return(bytes: number, kind: MemoryKind): void {
    this.#used -= bytes;
    if (this.#used < 0) throw new Error('more memory was returned than had been drawn');
    if (this.#parent) this.#parent.return(bytes, kind);
    else this.#accounts.count(this.#used, -bytes, kind);
  }

  /** The account, of this one and those above, that has too little left; undefined if there is none. */
  #full(bytes: number): MemoryAccount | undefined {
    if (this.#used === 0) this.#parent = this.#parentOf();
    if (this.#used + bytes > this.limit) return this;
    return this.#parent === undefined ? undefined : this.#parent.#full(bytes);
  }
}

/** The number of users whose empty accounts are kept. */
const MAX_EMPTY = 1024;

/** The accounts of a process: its own, and those of its users. */
export class MemoryAccounts {
  /** Those of all registries that are given no others. */
  static readonly default = new MemoryAccounts();

  readonly process: MemoryAccount = new MemoryAccount('process', '', this, () => undefined);
  /** By the name of the user, or the address of an anonymous client. */
  readonly #users = new Map<string, MemoryAccount>();
  readonly #kinds: Record<MemoryKind, number> = { requests: 0, statements: 0, rows: 0, answers: 0, responses: 0 };
  readonly #refusals: Record<MemoryHolder, number> = { process: 0, user: 0, session: 0 };
  #limits: MemoryLimits;
  #peak = 0;

  constructor(limits: Partial<MemoryLimits> = {}) {
    this.#limits = memoryLimits(limits);
  }

  get limits(): MemoryLimits {
    return this.#limits;
  }

  /** Replaces the limits. What is held stays, although it may be more than the new limits allow. */
  replaceLimits(limits: Partial<MemoryLimits>): void {
    this.#limits = memoryLimits(limits);
  }

  /** Bytes that are held, by what they are held for. */
  get usedByKind(): Readonly<Record<MemoryKind, number>> {
    return this.#kinds;
  }

  /** The maximum number of bytes that were held at once since the start. */
  get peak(): number {
    return this.#peak;
  }

  /** The number of draws that were refused, by the account that was full. */
  get refusals(): Readonly<Record<MemoryHolder, number>> {
    return this.#refusals;
  }

  /** Returns the account of a user. @param user the name, or the address of an anonymous client */
  userAccount(user: string): MemoryAccount {
    const known = this.#users.get(user);
    if (known) return known;
    if (this.#users.size >= MAX_EMPTY) this.#forgetEmpty();
    const account = new MemoryAccount('user', user, this, () => this.process);
    this.#users.set(user, account);
    return account;
  }

  /** The user, or address, that holds the most. */
  get topUser(): readonly [user: string, held: number] | undefined {
    let top: readonly [string, number] | undefined;
    for (const [user, { used }] of this.#users) if (top === undefined || used > top[1]) top = [user, used];
    return top;
  }

  /** Returns an account for a session of a user. */
  sessionAccount(user: string): MemoryAccount {
    return new MemoryAccount('session', user, this, () => this.userAccount(user));
  }

  /** Called by the account of the process. @param used afterwards */
  count(used: number, bytes: number, kind: MemoryKind): void {
    this.#kinds[kind] += bytes;
    total += bytes;
    if (used > this.#peak) this.#peak = used;
  }

  /** Called by accounts. */
  noteRefusal(full: MemoryAccount): void {
    this.#refusals[full.holder]++;
  }

  #forgetEmpty(): void {
    for (const [user, { used }] of this.#users) if (used === 0) this.#users.delete(user);
  }
}

let total = 0;

/** Bytes that all accounts hold together: 0 when the process does nothing for clients. */
export function memoryInUse(): number {
  return total;
}
