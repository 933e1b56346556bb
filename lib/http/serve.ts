import { ServiceRegistry } from '../netsvc/service-registry.js';
import { HttpDaemon } from './listener/http-daemon.js';
import type { HttpDaemonOptions } from './listener/http-daemon-options.js';
import { RpcGateway, type RpcGatewayOptions } from './rpc/rpc-gateway.js';

export interface ServeOptions extends HttpDaemonOptions, RpcGatewayOptions {
  /** Serves the members of this group only; by default all services of the registry. */
  readonly group?: string;
}

/** A registry that is being served. */
export interface ServiceServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8000/`; the name of a service follows. */
  readonly url: string;
  readonly daemon: HttpDaemon;
  readonly registry: ServiceRegistry;

  /**
   * Shuts down in order: accepts no more connections, lets in-flight requests finish, aborts those that take longer
   * than `grace` seconds with fault 58, closes all sessions, and stops the thread that checks passwords. 10 seconds by
   * default.
   */
  close(grace?: number): Promise<void>;
}

/**
 * Serves the services of a registry over HTTP.
 *
 * @throws Node's error, with its code, if the server cannot listen (EADDRINUSE, EACCES)
 * @example
 * new Counters();
 * await using server = await serve({ port: 8000 });
 * console.log(`listening on ${server.url}`);
 * await once(process, 'SIGTERM');
 */
export async function serve(options: ServeOptions = {}): Promise<ServiceServer> {
  const { registry = ServiceRegistry.default, group, maxRequest, users, ...listener } = options;
  const log = listener.log ?? registry.log;
  const daemon = new HttpDaemon({ ...listener, log });
  daemon.attach('/', new RpcGateway(group, { registry, users, log, ...(maxRequest && { maxRequest }) }));
  const { address, port, family } = await daemon.start();
  const host = family === 'IPv6' ? `[${address}]` : address;
  let closing: Promise<void> | undefined;
  const shutDown = async (grace: number) => {
    await daemon.stop(grace);
    await registry.close();
    await users?.end();
  };
  const close = (grace = 10): Promise<void> => {
    closing ??= shutDown(grace);
    return closing;
  };
  return {
    url: `${listener.tls === undefined ? 'http' : 'https'}://${host}:${port}/`,
    daemon,
    registry,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
