const factor = Number(process.env.NETSVC_RUNS ?? 1);

/** The number of cases of a property whose seed is fixed: `npm run model` tries many more than `npm test`. */
export function randomRuns(count: number): number {
  return count * factor;
}
