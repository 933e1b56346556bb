// Runs a workload in this process and prints its result as JSON: load.js WORKLOAD TARGET ARGUMENT...
import { once } from 'node:events';
import * as workloads from './workloads.js';

const [, , workload = '', target = '', ...args] = process.argv;
const at = JSON.parse(target) as workloads.Target;
const [first = Number.NaN, second = Number.NaN, third] = args.map(Number);

async function run(): Promise<object> {
  switch (workload) {
    case 'trivialCalls':
      return workloads.trivialCalls(at, first, args.length > 1 ? second : undefined);
    case 'wholeSessions':
      return workloads.wholeSessions(at, first, second, third);
    case 'sessionsInOneCall':
      return workloads.sessionsInOneCall(at, first, second);
    case 'reconnectingSessions':
      return workloads.reconnectingSessions(at, first, second);
    case 'fetchAll':
      return workloads.fetchAll(at, first, args[1]);
    case 'executeMany':
      return workloads.executeMany(at, first);
    case 'openSessions':
      return workloads.openSessions(at, first);
    case 'bystander':
      // Ends when the parent closes the standard input.
      return workloads.bystander(at, once(process.stdin.resume(), 'end'));
    default:
      throw new Error(`there is no workload ${workload}`);
  }
}

console.log(JSON.stringify(await run()));
process.exit(0);
