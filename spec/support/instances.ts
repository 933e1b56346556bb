import { once } from 'node:events';
import { CursorClient } from './database-gateway.js';
import { freePort } from './free-port.js';
import { type Backend, Haproxy } from './haproxy.js';
import { NetsvcProcess } from './netsvc-process.js';

/** One of several netsvc, with ports that a restart keeps. */
export class Instance implements Backend {
  #process: NetsvcProcess | undefined;

  private constructor(
    readonly name: string,
    readonly port: number,
    readonly adminPort: number,
    readonly args: readonly string[],
  ) {}

  static async start(name: string, args: readonly string[]): Promise<Instance> {
    const instance = new Instance(name, await freePort(), await freePort(), args);
    await instance.start();
    return instance;
  }

  async start(): Promise<void> {
    const { name, port, adminPort, args } = this;
    const ports = ['--port', String(port), '--admin-port', String(adminPort)];
    this.#process = await NetsvcProcess.start(['--instance', name, ...ports, ...args]);
  }

  get process(): NetsvcProcess {
    if (this.#process === undefined) throw new Error(`instance ${this.name} has not been started`);
    return this.#process;
  }

  async kill(): Promise<void> {
    const { child } = this.process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Instances named a, b and c behind HAProxy. */
export class Instances {
  private constructor(
    readonly instances: readonly Instance[],
    readonly haproxy: Haproxy,
  ) {}

  static async start(mysql: string, args: readonly string[] = []): Promise<Instances> {
    const common = ['--database', mysql, '--trusted-proxies', '127.0.0.1', ...args];
    const instances = await Promise.all(['a', 'b', 'c'].map((name) => Instance.start(name, common)));
    return new Instances(instances, await Haproxy.start(await freePort(), instances));
  }

  get url(): string {
    return `http://127.0.0.1:${this.haproxy.port}/database`;
  }

  instance(name: string): Instance {
    const found = this.instances.find((instance) => instance.name === name);
    if (found === undefined) throw new Error(`there is no instance ${name}`);
    return found;
  }

  async stop(): Promise<void> {
    await this.haproxy.stop();
    await Promise.all(this.instances.map((instance) => instance.kill()));
  }
}

/** Opens a session in an instance, by opening sessions until one is in it. */
export async function sessionIn(url: string, name: string): Promise<CursorClient> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const session = await CursorClient.open(url);
    if (session.id.startsWith(`${name}.`)) return session;
    await session.call('close');
  }
  throw new Error(`no session is opened in ${name}`);
}
