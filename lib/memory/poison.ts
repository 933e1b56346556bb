/** What released memory contains, so that a late reader shows. */
export const POISON = 0xdb;

const poisons = process.env.NETSVC_POISON === '1';

/** Overwrites memory that nobody may read any more, with NETSVC_POISON=1, as in the specs. */
export function poison(memory: Uint8Array): void {
  if (poisons) memory.fill(POISON);
}
