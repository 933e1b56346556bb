import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { projectFile } from './project-file.js';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The account of the specs has a password that clients can change, of which each start warns. */
const LOCKOUT_LINES = /^.*lock netsvc out.*\n/gm;

/** Runs a command of the project to its end. */
export async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(projectFile(`bin/${command}`), args, { env: { ...process.env, ...env } });
  return ended(child);
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [status] = await once(child, 'close');
  return { status, stdout, stderr };
}

/** A running `bin/netsvc`. */
export class NetsvcProcess {
  private constructor(
    readonly child: ChildProcess,
    /** The lines that it printed when it was ready. */
    readonly ready: readonly string[],
    readonly ended: Promise<Ended>,
  ) {}

  /** Starts the server and waits until it has printed `endpoints` endpoints. */
  static start(args: readonly string[], endpoints = 1, env: NodeJS.ProcessEnv = {}): Promise<NetsvcProcess> {
    // Without log lines about ordinary events, so that a spec can expect none.
    return NetsvcProcess.run(
      [projectFile('bin/netsvc'), '--port', '0', '--log-level', 'warn', ...args],
      endpoints,
      env,
    );
  }

  /** Starts the server by a command as it is. */
  static async run(command: readonly string[], endpoints = 1, env: NodeJS.ProcessEnv = {}): Promise<NetsvcProcess> {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { env: { ...process.env, NETSVC_DATABASE: '', ...env } });
    const end = ended(child).then((all) => ({ ...all, stderr: all.stderr.replaceAll(LOCKOUT_LINES, '') }));
    const ready: string[] = [];
    if (child.stdout === null) throw new Error('the server has no output');
    for await (const line of createInterface(child.stdout)) {
      ready.push(line.trim());
      if (ready.length > endpoints) return new NetsvcProcess(child, ready, end);
    }
    throw new Error(`the server did not start: ${(await end).stderr}`);
  }

  /** The URL of the first database. */
  get url(): string {
    return this.ready[1] ?? '';
  }

  async stop(): Promise<Ended> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}
