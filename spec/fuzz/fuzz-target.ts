import { HttpDaemon, type Log, RpcGateway, Service, ServiceRegistry } from '#lib/index.js';

/** An error inside the server is a finding; a mistake of the client is not. */
const LOG: Log = {
  info() {},
  warn() {},
  error(fields, message) {
    throw new Error(`${message}: ${JSON.stringify(fields)}`);
  },
};

class Echo extends Service {
  constructor(registry: ServiceRegistry) {
    super('echo', registry);
    this.exportMethod((...values: unknown[]) => values, 'echo');
  }
}

/** A server with an endpoint that returns what it has decoded. */
export async function startTarget(): Promise<{ daemon: HttpDaemon; url: string }> {
  const registry = new ServiceRegistry({ log: LOG });
  new Echo(registry);
  const daemon = new HttpDaemon({ port: 0, log: LOG });
  daemon.attach('/', new RpcGateway('', { registry }));
  const { port } = await daemon.start();
  return { daemon, url: `http://127.0.0.1:${port}/echo` };
}
