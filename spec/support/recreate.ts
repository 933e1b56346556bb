/** Whatever runs statements. */
interface Executor {
  execute(statement: string): Promise<unknown>;
}

/**
 * Creates a table, view, routine or trigger in place of the one of that name. MySQL has `CREATE OR REPLACE` for views
 * only.
 *
 * @example await recreate(gateway, 'table kept (id int)');
 */
export async function recreate(executor: Executor, definition: string): Promise<void> {
  const [, named] = /^(\w+ \w+)/.exec(definition) ?? [];
  if (named === undefined) throw new Error(`nothing is defined: ${definition}`);
  await executor.execute(`drop ${named.replace(' ', ' if exists ')}`);
  await executor.execute(`create ${definition}`);
}
