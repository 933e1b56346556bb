import { z } from 'zod';
import { HostSet } from '../access/host-rules.js';

/** In seconds; what setTimeout can wait for. */
const LONGEST = 2_000_000;

/** A value that is written as text, or as a number where YAML takes it for one. */
function written<Value>(read: (text: string) => Value | undefined, message: string) {
  return z.union([z.string(), z.number()], message).transform((given, context): Value => {
    const value = read(String(given));
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  const end = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  return written((text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  }, `It is a whole number from ${least}${end}.`);
}

export function seconds({ positive = false } = {}) {
  return written(
    (text) => {
      const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      return value <= LONGEST && (value > 0 || !positive) ? value : undefined;
    },
    `It is a number of seconds, ${positive ? 'more than 0, ' : ''}at most ${LONGEST}.`,
  );
}

/** Bytes, or thousands of them with the letters that MySQL's options take: K, M and G are powers of 1024. */
export function size() {
  return written((text) => {
    const [, digits, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
    const bytes = Number(digits) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' ');
    return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
  }, 'It is a number of bytes, such as 65536, 64K or 16M.');
}

/** In the file a list, in a flag with commas between. An empty one may be a mistake, and would let everybody in. */
export function hosts() {
  return z
    .union([z.string(), z.array(z.string())], 'It is a list of addresses and networks.')
    .transform((given, context) => {
      const networks =
        typeof given === 'string'
          ? given
              .split(',')
              .map((network) => network.trim())
              .filter(Boolean)
          : given;
      try {
        if (networks.length === 0) throw new TypeError('It names no host.');
        return new HostSet(networks);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
        return z.NEVER;
      }
    });
}
