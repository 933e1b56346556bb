/** The name with which the ids of a worker's sessions begin: `NAME.2`, or `2` if the server has no name. */
export function workerInstance(instance: string | undefined, worker: number): string {
  return instance === undefined ? String(worker) : `${instance}.${worker}`;
}

/** The worker in the id of a session, which is the last segment of a path. */
const WORKER = /(?:^|[/.])(\d{1,3})\.[\w-]+$/;

/** Returns the worker that has the session with a path; undefined if the path is not that of a session. */
export function workerOf(path: string): number | undefined {
  const worker = WORKER.exec(path)?.[1];
  return worker === undefined ? undefined : Number(worker);
}
