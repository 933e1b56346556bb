/** A request that is being answered, as the daemon sees it when it has to stop. */
export interface InFlightRequest {
  /** Ends the work that is done for the answer. */
  abort(reason: Error): void;

  /** Announces with the answer that the connection closes behind it. */
  closeConnection(): void;
}
