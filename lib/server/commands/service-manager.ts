import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Milliseconds that the command may take. */
const TIMEOUT = 5000;

/**
 * Reports the state of the server to systemd, if that has started it with `Type=notify`. Node.js has no datagram
 * sockets of Unix, so systemd's own command sends the messages, one after the other.
 */
export class ServiceManager {
  readonly #env: NodeJS.ProcessEnv;
  readonly #failed: (error: Error) => void;
  #ready = false;
  /** How many reloads run. */
  #reloads = 0;
  #sent: Promise<void> = Promise.resolve();

  /**
   * @param env of this process; loses the address of systemd, so that a private server, which would report by itself
   * that it is ready, does not get it
   * @param failed called if the command cannot be run
   */
  constructor(env: NodeJS.ProcessEnv, failed: (error: Error) => void) {
    this.#env = { ...env };
    this.#failed = failed;
    delete env.NOTIFY_SOCKET;
  }

  ready(): void {
    this.#ready = true;
    this.#notify('READY=1');
  }

  /** The server reloads its configuration in `reload`, which never rejects. */
  async reloading(reload: () => Promise<unknown>): Promise<void> {
    // Before the server is ready, READY=1 would end the start for systemd.
    const announced = this.#ready;
    if (announced) this.#notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    this.#reloads++;
    await reload();
    // After the last one, if several signals have arrived.
    if (--this.#reloads === 0 && announced && this.#ready) this.#notify('READY=1');
  }

  stopping(): void {
    this.#ready = false;
    this.#notify('STOPPING=1');
  }

  /** Resolves when all messages have been sent, or cannot be. */
  end(): Promise<void> {
    return this.#sent;
  }

  /** @param state see sd_notify(3) */
  #notify(...state: string[]): void {
    if (!this.#env.NOTIFY_SOCKET) return;
    this.#sent = this.#sent.then(() => this.#send(state)).catch(this.#failed);
  }

  /** Rejects if the command fails or, such as for want of memory, cannot be started. */
  async #send(state: string[]): Promise<void> {
    await promisify(execFile)('systemd-notify', state, { env: this.#env, timeout: TIMEOUT });
  }
}
