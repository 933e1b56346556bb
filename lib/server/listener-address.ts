/** The URL of a listener and of its databases. */
export interface Address {
  readonly url: string;
  readonly endpoints: readonly string[];
}
