import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { areEqual, type Comparison, DIFFERENCES } from './differences.js';
import { forExpat } from './expat.js';
import { mutatedRequest } from './mutations.js';
import { type Decoded, type PythonDecoder, typed } from './python-decoder.js';
import { Random } from './random.js';

export interface ComparisonReport {
  /** The number of documents by what became of them: equal calls, equal errors, and each intended difference. */
  readonly counts: ReadonlyMap<string, number>;
  /** The texts of errors, without positions. */
  readonly texts: ReadonlySet<string>;
  /** Differences that are not intended, each with its seed and document. */
  readonly failures: readonly string[];
}

export interface ComparisonOptions {
  readonly count: number;
  readonly seed: number;
  readonly python: PythonDecoder;
}

/** Documents that are being decoded by Python at once. */
const AT_ONCE = 64;

/** Decodes mutated requests of real clients here and in Python. The same seed makes the same requests. */
export async function compareWithPython({ count, seed, python }: ComparisonOptions): Promise<ComparisonReport> {
  const counts = new Map<string, number>();
  const texts = new Set<string>();
  const failures: string[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count && failures.length < 20) {
      const number = seed + next++;
      const original = mutatedRequest(new Random(number));
      const found = decoded(original);
      if ('error' in found) texts.add(found.error);
      const document = forExpat(original);
      const ours = document === original ? found : decoded(document);
      const theirs = await python.decode(document);
      const comparison = { document: document.toString('latin1'), ours, theirs, python: python.version };
      const what = outcome(comparison);
      if (what === undefined) failures.push(complaint(number, comparison));
      else counts.set(what, (counts.get(what) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { counts, texts, failures };
}

/** Returns the intended difference; undefined if it is none. */
function outcome(comparison: Comparison): string | undefined {
  const { ours, theirs } = comparison;
  if (areEqual(ours, theirs)) return 'error' in ours ? 'refused by both' : 'the same call';
  return Object.entries(DIFFERENCES).find(([, applies]) => applies(comparison))?.[0];
}

function decoded(document: Buffer): Decoded {
  const decoder = new CallDecoder();
  try {
    decoder.write(document);
    const { methodName, params } = decoder.end();
    return { methodName, params: params.map(typed) };
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
    return { error: error.message.replace(/^\d+:\d+: /, '') };
  }
}

function complaint(seed: number, { document, ours, theirs, python }: Comparison): string {
  const [here, there] = [ours, theirs].map((found) => JSON.stringify(found).slice(0, 600));
  return `seed ${seed}: here ${here}, in Python ${python} ${there}: ${JSON.stringify(document.slice(0, 2000))}`;
}
