/** The name with which the ids of a worker's sessions begin: `NAME.2`, or `2` if the server has no name. */
export function workerInstance(instance: string | undefined, worker: number): string {
  return instance === undefined ? String(worker) : `${instance}.${worker}`;
}

/** The worker in the id of a session, which is the last segment of a path. */
const WORKER = /(?:^|[/.])(\d{1,3})\.[\w-]+$/;

/** Returns the worker that has the session with a path; undefined if it is this worker, or the path is no such path. */
export function otherWorkerOf(
  path: string,
  { worker: own, workers }: { readonly worker: number; readonly workers: number },
): number | undefined {
  const worker = Number(WORKER.exec(path)?.[1] ?? own);
  return worker === own || worker < 1 || worker > workers ? undefined : worker;
}
