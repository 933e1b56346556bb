/**
 * Wrong usage or configuration, told in one line. `shown` is for --help and --version, which have printed what was
 * asked for.
 */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly shown = false,
  ) {
    super(message);
  }
}
