import { type ChildProcess, spawn } from 'node:child_process';
import { projectFile } from '../support/project-file.js';
import type { Python } from '../support/python.js';

/** A program of this folder that reads documents, each behind its length in four bytes, and answers each in order. */
export abstract class PythonProgram<Answer> {
  readonly version: string;
  readonly #process: ChildProcess;
  readonly #waiting: ((answer: Answer) => void)[] = [];

  constructor({ command, version }: Python, program: string) {
    this.version = version;
    this.#process = spawn(command, [projectFile(`spec/fuzz/${program}`)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      for (const answer of this.answersIn(bytes)) this.#waiting.shift()?.(answer);
    });
  }

  /** The answers that are complete. */
  protected abstract answersIn(bytes: Buffer): Iterable<Answer>;

  protected ask(document: Buffer): Promise<Answer> {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(document.length);
    this.#process.stdin?.write(Buffer.concat([length, document]));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  stop(): void {
    this.#process.stdin?.end();
  }
}
