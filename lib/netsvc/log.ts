/** The part of a pino logger that the framework uses; any logger of this shape will do. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Warnings and errors to stderr: what a program gets that brings no logger of its own. */
export const consoleLog: Log = {
  info() {},
  warn(fields, message) {
    console.warn(message, fields);
  },
  error(fields, message) {
    console.error(message, fields);
  },
};
