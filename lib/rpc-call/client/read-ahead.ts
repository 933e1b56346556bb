/**
 * Yields what a source yields, and reads the next one while the caller works on one.
 *
 * @param end ends what the source waits for; called when the caller takes no more
 */
export async function* readAhead<Item>(source: AsyncIterator<Item>, end: () => void): AsyncGenerator<Item, void, void> {
  try {
    let next = source.next();
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      // The caller sends the one before it first.
      next = new Promise((resolve) => setImmediate(() => resolve(source.next())));
      // It is awaited later, if at all.
      next.catch(() => {});
      yield value;
    }
  } finally {
    end();
  }
}
