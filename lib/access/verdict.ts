/** A password that was checked, and the hash that it was checked with. */
export interface Proof {
  readonly login: string;
  readonly hash: string;
  /** When it expires, unless it is used before. */
  until: number;
}

/** Why a login is not checked: too many as this user or of the network have failed, or too many wait for the check. */
export type LoginRefusal = 'failures' | 'network' | 'load';

/** The outcome of a check. `wait` is in seconds. A login is wrong again if its password was not checked anew. */
export type Verdict = Proof | 'wrong' | 'wrong again' | { readonly wait: number; readonly because: LoginRefusal };
