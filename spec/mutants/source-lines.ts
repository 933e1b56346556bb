import { decode } from '@jridgewell/sourcemap-codec';

/** Returns the line of the source for a place in a built file. @param map the text of its source map */
export function sourceLine(built: string, map: string, place: number): number {
  const before = built.slice(0, place).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const { mappings } = JSON.parse(map) as { mappings: string };
  const segments = decode(mappings)[before.length - 1] ?? [];
  const segment = segments.findLast(([start, source]) => start <= column && source !== undefined);
  return (segment?.[2] ?? 0) + 1;
}
