import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { orFail } from '../../system/system-error.js';
import { UsageError } from './problems.js';

const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY, W_OK } = constants;

/** A named pipe that nobody reads is an error, and does not block. */
const FLAGS = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY;

/** Only the account of the server can read what it creates. */
const MODE = 0o600;

/** Opens an audit log, and creates it if it does not exist. @throws {UsageError} */
export function openAuditFile(path: string): number {
  return orFail(UsageError, `audit log ${path}`, () => openSync(path, FLAGS | O_CREAT, MODE));
}

/** Checks whether `openAuditFile` can open it, and creates nothing. @throws {UsageError} */
export function checkAuditFile(path: string): void {
  orFail(UsageError, `audit log ${path}`, () => {
    try {
      closeSync(openSync(path, FLAGS));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      accessSync(dirname(path), W_OK);
    }
  });
}
