import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server that is being measured, in a process of its own. */
export class ServerProcess {
  private constructor(
    readonly child: ChildProcess,
    /** What it printed last before it was ready. */
    readonly url: string,
  ) {}

  /** Starts a program and takes the `lines`th line that it prints for its URL. */
  static async start(command: string, args: readonly string[], lines = 1): Promise<ServerProcess> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let seen = 0;
    for await (const line of createInterface(child.stdout)) {
      if (++seen === lines) return new ServerProcess(child, line.trim());
    }
    throw new Error(`${command} did not start`);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.kill('SIGTERM');
    await ended;
  }
}
