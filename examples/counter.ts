// Gives each client a counter of its own, which is gone after 60 seconds without a call.
import { once } from 'node:events';
import { Service, type ServiceRegistry, Session, type SessionMethods, serve } from 'netsvc';

// Shown on the page of the service, with programs that open a counter and add 41.
const COUNTER_METHODS = {
  add: {
    params: [{ name: 'number', type: 'int', optional: true }],
    returns: 'int',
    help: 'Adds a number (default: 1) and returns the sum.',
    example: [41],
  },
} as const satisfies SessionMethods;

class Counters extends Service {
  constructor(registry?: ServiceRegistry) {
    super('counters', registry); // served at /counters
    this.exportMethod(this.open, {
      params: [],
      returns: 'string',
      help: 'Opens a counter and returns its id.',
      opens: COUNTER_METHODS,
    });
  }

  open(): string {
    return new Counter(this).childName; // served at /counters/<id>
  }
}

class Counter extends Session {
  #count = 0;

  constructor(parent: Service) {
    super(parent, 60);
    this.exportMethods(COUNTER_METHODS);
  }

  add(number = 1): number {
    this.#count += number;
    return this.#count;
  }
}

new Counters();
const server = await serve({ port: Number(process.env.PORT ?? 8000) });
console.log(`listening on ${server.url}`);
await once(process, 'SIGTERM');
await server.close();
