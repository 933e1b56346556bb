import type { Settings } from '../settings.js';
import { workerInstance } from './worker-instance.js';
import type { WorkerStart } from './worker-start.js';

/** Returns the part of a worker in the settings of all: MySQL connections and connections of clients are divided. */
export function workerSettings(settings: Settings, { worker, workers }: WorkerStart): Settings {
  const part = (whole: number) => Math.floor(whole / workers) + (worker <= whole % workers ? 1 : 0);
  return {
    ...settings,
    instance: workerInstance(settings.instance, worker),
    connections: part(settings.connections),
    maxClients: Math.max(part(settings.maxClients), 1),
  };
}
