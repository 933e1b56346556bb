/** Waits for `work`, and calls `cancel` if the signal aborts meanwhile, or has been aborted before. */
export async function cancelledBy<T>(
  signal: AbortSignal,
  cancel: (reason: unknown) => void,
  work: Promise<T>,
): Promise<T> {
  const onAbort = () => cancel(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  try {
    return await work;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
