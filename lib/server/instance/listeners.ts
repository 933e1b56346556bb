import { isLoopback } from '../../access/address.js';
import { HostRules } from '../../access/host-rules.js';
import type { Servlet } from '../../http/answers/servlet.js';
import { ClientConnections } from '../../http/connections/client-connections.js';
import type { Traffic } from '../../http/connections/traffic.js';
import { HttpDaemon } from '../../http/listener/http-daemon.js';
import type { TlsOptions } from '../../http/listener/tls.js';
import type { Log } from '../../netsvc/log.js';
import { expiryOf, invalidityOf, readCertificate } from '../configuration/certificates.js';
import { refuseRemoteClients } from '../configuration/remote-access.js';
import type { ListenerSettings, Settings } from '../configuration/settings.js';
import type { ServerObserver } from '../observation/event-stream.js';
import type { CertificateExpiry } from '../observation/server-state.js';
import type { ServerShares } from './descriptor-shares.js';
import { listenFailure } from './start-failures.js';

/** What the listeners of a server share. */
export interface ListenersParts {
  /** Receives the requests. */
  readonly gateway: Servlet;
  readonly log: Log;
  readonly observer: ServerObserver;
}

interface Listener {
  readonly settings: ListenerSettings;
  readonly daemon: HttpDaemon;
  /** The end of its certificate, if it has one. */
  readonly expires: Date | undefined;
}

/** The certificates of the listeners, in their order; undefined for one without TLS. */
export type Certificates = readonly (TlsOptions | undefined)[];

/** The listeners for clients. */
export class Listeners {
  readonly #log: Log;
  readonly #connections: ClientConnections;
  #listeners: readonly Listener[];
  /** The host and port of each, since it listens. */
  #addresses: readonly string[] = [];

  /** @throws {UsageError} if a certificate cannot be used */
  constructor(settings: Settings, { maxClients }: ServerShares, { gateway, log, observer }: ListenersParts) {
    this.#log = log;
    this.#connections = new ClientConnections(maxClients, (holder) => {
      observer.refused?.({ resource: 'clients', holder });
    });
    this.#listeners = settings.listeners.map((listener) => {
      const tls = readCertificate(listener);
      const daemon = this.#daemonOf(listener, settings, tls);
      daemon.attach('/', gateway);
      return { settings: listener, daemon, expires: tls && expiryOf(tls) };
    });
  }

  #daemonOf(listener: ListenerSettings, settings: Settings, tls: TlsOptions | undefined): HttpDaemon {
    const { host, port, fd } = listener;
    return new HttpDaemon({
      ...hostsOf(settings),
      host,
      port,
      fd,
      connections: this.#connections,
      stallTimeout: stallTimeoutOf(settings),
      tls,
      log: this.#log,
    });
  }

  get daemons(): readonly HttpDaemon[] {
    return this.#listeners.map(({ daemon }) => daemon);
  }

  /** That of each listener. */
  get traffic(): readonly Traffic[] {
    return this.#listeners.map(({ daemon }) => daemon.traffic);
  }

  /** The URLs of the listeners, which end with a slash. */
  get urls(): string[] {
    return this.#listeners.map(({ settings: { tlsKey }, daemon }) => {
      return `${tlsKey === undefined ? 'http' : 'https'}://${hostAndPort(daemon)}/`;
    });
  }

  /** Those of the listeners that have one, as soon as they listen. */
  get certificates(): CertificateExpiry[] {
    return this.#listeners.flatMap(({ expires }, i) => {
      const listener = this.#addresses[i];
      return expires === undefined || listener === undefined ? [] : [{ listener, expires }];
    });
  }

  /** @throws {StartFailure} @throws {UsageError} if a socket that was passed must not be listened on */
  async start(settings: Settings): Promise<void> {
    for (const listener of this.#listeners) await this.#listen(listener, settings);
    this.#addresses = this.#listeners.map(({ daemon }) => hostAndPort(daemon));
  }

  /** Reads the certificates that settings name. @throws {UsageError} if one cannot be used, or a socket needs users */
  read(settings: Settings): Certificates {
    for (const { settings: listener, daemon } of this.#listeners) {
      if (listener.fd !== undefined) refuseRemoteClients(daemon.address.address, settings);
    }
    return settings.listeners.map((listener) => readCertificate(listener));
  }

  /** Applies settings, for new requests and, of certificates, for new connections. */
  apply(settings: Settings, { maxClients }: ServerShares, certificates: Certificates): void {
    const { hosts, isProxy } = hostsOf(settings);
    this.#connections.max = maxClients;
    this.#listeners = this.#listeners.map(({ daemon, expires, ...listener }, i) => {
      const tls = certificates[i];
      daemon.replaceHosts(hosts, isProxy);
      daemon.stallTimeout = stallTimeoutOf(settings);
      if (tls) daemon.replaceCertificate(tls);
      return {
        daemon,
        settings: settings.listeners[i] ?? listener.settings,
        expires: tls ? expiryOf(tls) : expires,
      };
    });
  }

  /** Lets in-flight requests finish. @param grace seconds that they may take */
  async stop(grace: number): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.stop(grace)));
  }

  async #listen({ settings, daemon }: Listener, all: Settings): Promise<void> {
    const { fd, tlsKey } = settings;
    await daemon.start().catch((error: unknown) => {
      throw listenFailure(settings, error);
    });
    const { address, port } = daemon.address;
    const host = fd === undefined ? settings.host : address;
    // Before the event loop accepts a connection.
    if (fd !== undefined) refuseRemoteClients(host, all);
    const tls = readCertificate(settings);
    const invalidity = tls && invalidityOf(tls);
    if (invalidity) this.#log.error({ host, port, invalidity }, 'clients reject the certificate of this listener');
    if (all.users !== undefined && tlsKey === undefined && !isLoopback(host)) {
      this.#log.warn({ host, port }, 'passwords are sent unencrypted: this listener has no TLS');
    }
  }
}

function hostAndPort(daemon: HttpDaemon): string {
  const { address, port, family } = daemon.address;
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function hostsOf({ allow, deny, trustedProxies }: Settings) {
  return {
    hosts: new HostRules(allow, deny),
    isProxy: (address: string) => trustedProxies?.has(address) ?? false,
  };
}

/** A client may leave a response unread for as long as a session may be idle. */
function stallTimeoutOf({ maxTimeout }: Settings): number {
  return maxTimeout;
}
