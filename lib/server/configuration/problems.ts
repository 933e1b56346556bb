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

/** The server cannot start, or cannot go on. The message is one line for the user. */
export class StartFailure extends Error {}

/** A line of a file. */
export interface Position {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Returns the line of the key at a path, such as `listeners, 0, host`; undefined if a flag has set it. */
export type PositionOf = (path: readonly PropertyKey[]) => Position | undefined;

/** An error of the configuration. */
export interface Problem {
  readonly text: string;
  /** Undefined if the value is from the command line or the environment. */
  readonly position: Position | undefined;
}

/** All errors of a configuration, each in one line. */
export class ConfigurationError extends UsageError {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(lineOf).join('\n'));
  }
}

/** Collects the errors of a configuration, and what is doubtful in it, so that all of them are reported. */
export class Problems {
  readonly #found: Problem[] = [];
  readonly warnings: Problem[] = [];

  get none(): boolean {
    return this.#found.length === 0;
  }

  add(text: string, position?: Position): void {
    this.#found.push({ text, position });
  }

  /** Something works, but hardly as it is meant. */
  warn(text: string, position?: Position): void {
    this.warnings.push({ text, position });
  }

  /** Returns the result of `work`. If it throws a UsageError, that is a problem, and there is no result. */
  attempt<Result>(position: Position | undefined, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.add(error.message, position);
      return undefined;
    }
  }

  /** @throws {ConfigurationError} if there are any, in the order of their lines */
  check(): void {
    if (this.none) return;
    const line = ({ position }: Problem) => position?.line ?? Number.POSITIVE_INFINITY;
    // Not their difference: both may be infinite.
    throw new ConfigurationError([...this.#found].sort((a, b) => (line(a) < line(b) ? -1 : +(line(a) > line(b)))));
  }
}

/**
 * Formats a problem as compilers do: `netsvc.yaml:3: text`, which editors understand.
 *
 * @param kind what it is, if it is no error
 */
export function problemLine({ position, text }: Problem, kind = ''): string {
  const origin = position === undefined ? 'netsvc' : `${position.file}:${position.line}`;
  return `${origin}: ${kind}${oneLine(text)}`;
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function lineOf({ text, position }: Problem): string {
  return position === undefined ? text : `${position.file}:${position.line}: ${text}`;
}
