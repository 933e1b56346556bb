import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';

/** A program that shows what is written to it. It is started when there is something to show. */
export class Pager extends Writable {
  readonly #command: string;
  readonly #left: () => void;
  #child: ChildProcess | undefined;
  /** Called when the current chunk has been written. */
  #written: (() => void) | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  /** Whether the user has ended it before it had read everything. */
  isLeft = false;

  /**
   * @param command for the shell, such as `less -SFX`
   * @param left is called when the user has seen enough
   */
  constructor(command: string, left: () => void) {
    super();
    this.#command = command;
    this.#left = left;
  }

  /** Waits until the user has read what was written. */
  async close(): Promise<void> {
    this.#child?.stdin?.end();
    await this.#ended;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#child ??= this.#start();
    // What nobody reads any more is lost.
    if (this.isLeft) {
      callback();
      return;
    }
    this.#written = callback;
    this.#child.stdin?.write(chunk, () => this.#next());
  }

  #next(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  #start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', this.#command], { stdio: ['pipe', 'inherit', 'inherit'] });
    this.#ended = once(child, 'exit');
    child.stdin.on('error', () => this.#leave());
    // A write that waits has no other end.
    child.on('exit', () => this.#leave());
    return child;
  }

  #leave(): void {
    if (this.isLeft || this.#child?.stdin?.writableEnded) return;
    this.isLeft = true;
    this.#left();
    this.#next();
  }
}
