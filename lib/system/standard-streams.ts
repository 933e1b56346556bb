import type { Readable, Writable } from 'node:stream';

/** Present on the streams of a process if they are a terminal. */
interface MayBeTerminal {
  readonly isTTY?: boolean;
}

/** The standard input, output and error of a command: those of a process, or others in place of them. */
export interface StandardStreams {
  readonly stdin: Readable & MayBeTerminal;
  readonly stdout: Writable & MayBeTerminal;
  readonly stderr: Writable & MayBeTerminal;
}
