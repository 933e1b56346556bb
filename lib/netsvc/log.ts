/** The methods of a pino logger that the framework uses. Any logger with these methods can be used. */
export interface Log {
  /** Optional: only `bin/netsvc` logs at this level. */
  debug?(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Logs warnings and errors to stderr: the default. */
export const consoleLog: Log = {
  info() {},
  warn(fields, message) {
    console.warn(message, fields);
  },
  error(fields, message) {
    console.error(message, fields);
  },
};
