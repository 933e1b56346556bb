import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of the servers, the versions of Node and Prometheus. It may be deleted to get newer ones. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'netsvc-servers');

/**
 * Returns a folder of the cache, which `fill` fills if it does not exist. It is filled under another name and renamed
 * when it is complete, so that an incomplete one is not used.
 *
 * @param fill is passed the other name, and the final one
 */
export async function cached(
  name: string,
  fill: (unfinished: string, folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(CACHE, name);
  const exists = await access(folder).then(
    () => true,
    () => false,
  );
  if (exists) return folder;
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await fill(unfinished, folder);
  await rename(unfinished, folder);
  return folder;
}
