/** What tells the servers of a machine apart. */
export interface ShownServer {
  readonly instance: string | undefined;
  /** Those of the listeners, as far as they are known. */
  readonly ports: readonly number[];
}

/**
 * Shows in the list of processes which server this is, in place of the arguments: `netsvc a`, or with the ports
 * `netsvc 8000 8443` if it has no name. The system has no more room for it than the arguments took: if that is too
 * little, the beginning is left out.
 */
export function showInProcessList({ instance, ports }: ShownServer): void {
  const title = ['netsvc', ...(instance === undefined ? ports : [instance])].join(' ');
  process.title = title;
  const room = process.title.length;
  if (room < title.length) process.title = title.slice(-room);
}
