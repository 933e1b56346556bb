import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server in a separate process. */
export class ServerProcess {
  private constructor(
    readonly child: ChildProcess,
    /** Of its database service. */
    readonly url: string,
  ) {}

  /** Starts a program that prints its URL when it is ready. */
  static async start(command: string, args: readonly string[]): Promise<ServerProcess> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(child.stdout)) {
      const [url] = /http:\S+\/database/.exec(line) ?? [];
      if (url !== undefined) return new ServerProcess(child, url);
    }
    throw new Error(`${command} did not start`);
  }

  /** Stops the server. Has no effect if it has stopped. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'close');
    this.child.kill('SIGTERM');
    await ended;
  }
}
