/** A listening socket that systemd opened for this process. */
export interface PassedSocket {
  readonly fd: number;
  /** `FileDescriptorName=` of its unit. */
  readonly name: string;
}

/** The first descriptor, see sd_listen_fds(3). */
const FIRST_FD = 3;

/**
 * Returns the sockets of a process that systemd has started for a socket unit. Those of one unit are in the order of
 * its lines.
 */
export function passedSockets(
  { LISTEN_PID: pid, LISTEN_FDS: count, LISTEN_FDNAMES: names = '' }: NodeJS.ProcessEnv,
  ownPid = process.pid,
): PassedSocket[] {
  // The variables are inherited by the processes that are started by the one which has the sockets.
  if (Number(pid) !== ownPid || !/^\d+$/.test(count ?? '')) return [];
  const named = names.split(':');
  return Array.from({ length: Number(count) }, (_, i) => ({ fd: FIRST_FD + i, name: named[i] ?? '' }));
}
