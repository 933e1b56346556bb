/** What a statement has set in a session, so that the same can be set on another connection. */
export interface Setting {
  /**
   * `schema`: of USE, by its name. `transaction`: by a statement of its own. `charset`: of literals. `results`:
   * `character_set_results`; '' if the results are text. `variable`: another variable.
   */
  readonly kind: 'schema' | 'transaction' | 'charset' | 'results' | 'variable';
  /** A later setting with the same kind and key replaces it. */
  readonly key: string;
  readonly text: string;
  /** It depends on the current schema. */
  readonly needsSchema?: boolean;
}
