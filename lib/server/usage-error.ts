/**
 * An error in the command line or the configuration. `shown` is for --help and --version, whose text has been printed.
 */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly shown = false,
  ) {
    super(message);
  }
}
