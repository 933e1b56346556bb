import { execFile } from 'node:child_process';

/**
 * Reports the state of the server to systemd, if that has started it with `Type=notify`. Node.js has no datagram
 * sockets of Unix, so systemd's own command sends the message.
 *
 * @param state see sd_notify(3)
 * @param failed called if the command cannot be run
 * @returns resolves when the message has been sent, or cannot be
 */
export function notifyServiceManager(
  state: 'READY=1' | 'STOPPING=1',
  env: NodeJS.ProcessEnv,
  failed: (error: Error) => void,
): Promise<void> {
  if (!env.NOTIFY_SOCKET) return Promise.resolve();
  return new Promise((resolve) => {
    execFile('systemd-notify', [state], { env, timeout: 5000 }, (error) => {
      if (error) failed(error);
      resolve();
    });
  });
}
