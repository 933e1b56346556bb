// The database service behind a gateway of its own: users may run SQL, and everyone may ask for a report.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  type Authorisation,
  HttpDaemon,
  parsePasswords,
  type RequestHead,
  RpcGateway,
  Service,
  ServiceRegistry,
  Users,
} from 'netsvc';
import { ConnectionPool, Database, parseMysqlUrl } from 'netsvc/database';

const QUERY = 'select status, count(*) from orders group by status order by status';

class Report extends Service {
  readonly #database: Database;

  constructor(database: Database) {
    super('report', database.registry);
    this.joinGroup('shop');
    this.#database = database;
    this.exportMethod(this.orders, { params: [], returns: 'any', help: 'Returns the number of orders by status.' });
  }

  orders(): unknown {
    // With the request of this call, so that the query ends if the client disconnects.
    return this.#database.perform('execute', [QUERY], this.currentRequest);
  }
}

class ShopGateway extends RpcGateway {
  override authorise(login: string, password: string, head: RequestHead): Authorisation | Promise<Authorisation> {
    return head.path === 'report' || super.authorise(login, password, head);
  }
}

const [url = 'mysql://localhost/shop', passwordFile = 'users'] = process.argv.slice(2);
const { connection, values } = parseMysqlUrl(url);
const pool = new ConnectionPool(connection, { connections: 10 });
await pool.check(); // fails here if MySQL cannot be reached
const registry = new ServiceRegistry({ maxSessions: 100 });
const database = new Database('database', pool, { registry, values });
database.joinGroup('shop');
new Report(database);

const users = new Users(parsePasswords(readFileSync(passwordFile, 'utf8')));
const daemon = new HttpDaemon({ port: Number(process.env.PORT ?? 8000) });
daemon.attach('/', new ShopGateway('shop', { registry, users }));
const { port } = await daemon.start();
console.log(`listening on http://127.0.0.1:${port}/`);

await once(process, 'SIGTERM');
database.drain(); // no new sessions
await daemon.stop(10); // in-flight requests get 10 seconds
await registry.close(); // open transactions are rolled back
await pool.end();
await users.end();
