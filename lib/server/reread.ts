import type { Log } from '../netsvc/log.js';

/** Reads a file again, and logs whether it could be used. @param read replaces the previous version, or throws */
export function reread(what: string, log: Log, read: () => void): void {
  try {
    read();
    log.info({ what }, 'reloaded');
  } catch (error) {
    log.error({ err: error, what }, 'reload failed; keeping the previous version');
  }
}
