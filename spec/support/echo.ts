import { RpcGateway, Service, type ServiceRegistry } from '#lib/index.js';

/** A service with a method that returns its argument. */
export class Echo extends Service {
  constructor(registry: ServiceRegistry) {
    super('echo', registry);
    this.exportMethod(this.echo);
  }

  echo(value: unknown): unknown {
    return value;
  }
}

/** A gateway that authorises only grace, with any password. */
export class GraceOnly extends RpcGateway {
  override authorise(login: string): boolean {
    return login === 'grace';
  }
}
