import { RpcGateway, Service, type ServiceRegistry } from '#lib/index.js';

/** A service whose method gives back what it gets. */
export class Echo extends Service {
  constructor(registry: ServiceRegistry) {
    super('echo', registry);
    this.exportMethod(this.echo);
  }

  echo(value: unknown): unknown {
    return value;
  }
}

/** A gateway that lets in nobody but grace, whatever the password. */
export class GraceOnly extends RpcGateway {
  override authorise(login: string): boolean {
    return login === 'grace';
  }
}
