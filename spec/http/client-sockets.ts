import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Connections that a spec opens to a daemon, and closes at its end. */
export class ClientSockets {
  readonly opened: Socket[] = [];

  constructor(
    readonly port: number,
    readonly tls = false,
  ) {}

  async open(): Promise<Socket> {
    const { port, tls } = this;
    const host = '127.0.0.1';
    const socket = tls ? connectTls({ port, host, rejectUnauthorized: false }) : connect(port, host);
    // The daemon may close it at any time.
    socket.on('error', () => {});
    this.opened.push(socket);
    await once(socket, tls ? 'secureConnect' : 'connect');
    return socket;
  }

  /** Sends requests and waits for their responses. @returns the status of the first */
  async send(socket: Socket, requests: Buffer, responses = 1): Promise<number> {
    socket.write(requests);
    let answers = '';
    while (answers.split('HTTP/1.1 ').length <= responses) {
      const [answer] = (await once(socket, 'data')) as [Buffer];
      answers += answer.toString();
    }
    socket.resume();
    return Number(/^HTTP\/1.1 (\d+)/.exec(answers)?.[1]);
  }

  close(): void {
    for (const socket of this.opened.splice(0)) socket.destroy();
  }
}
