/**
 * Milliseconds that a method may run after its client has closed its writing side. A client that has closed the whole
 * connection, which looks the same, thereby keeps a statement running for this time.
 */
export const HALF_CLOSE_TIMEOUT = 2000;
