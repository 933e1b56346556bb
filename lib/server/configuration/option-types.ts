import * as z from 'zod';
import { HostSet } from '../../access/host-rules.js';

/** The maximum, in seconds, that setTimeout accepts. */
const MAX_SECONDS = 2_000_000;

/** The type of an option's value. */
export interface OptionType<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** The placeholder of the flag's argument. */
  readonly argument: string;
}

/** A value in text form, or a number where YAML reads one. */
function written<Value>(read: (text: string) => Value | undefined, message: string) {
  return z.union([z.string(), z.number()], message).transform((given, context): Value => {
    const value = read(String(given));
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const schema = written((text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  }, `must be an integer ${range}`);
  return { schema, argument: '<number>' };
}

export function seconds({ positive = false } = {}) {
  const schema = written(
    (text) => {
      const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      return value <= MAX_SECONDS && (value > 0 || !positive) ? value : undefined;
    },
    `must be a number of seconds${positive ? ' greater than 0' : ''}, at most ${MAX_SECONDS}`,
  );
  return { schema, argument: '<seconds>' };
}

/**
 * A maximum for one user: a number, 0 for none, or a percentage of the maximum for all, which becomes a number below 1,
 * and can be written as such.
 */
export function numberOrShare() {
  const { schema: number, argument } = wholeNumber(0);
  const schema = written((text) => {
    const [, percent, fraction] = /^(?:(\d{1,3})%|(0\.\d+))$/.exec(text) ?? [];
    if (percent === undefined && fraction === undefined) return number.safeParse(text).data;
    const share = percent === undefined ? Number(fraction) : Number(percent) / 100;
    return share > 0 && share < 1 ? share : undefined;
  }, 'must be an integer of at least 0, or a percentage below 100%');
  return { schema, argument };
}

/** A number of bytes, or with MySQL's suffixes K, M and G, which are powers of 1024. */
export function size() {
  const schema = written((text) => {
    const [, digits, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
    const bytes = Number(digits) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' ');
    return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
  }, 'must be a number of bytes, such as 65536, 64K or 16M');
  return { schema, argument: '<bytes>' };
}

/** The same, or a percentage of another size, which becomes a number up to 1, and can be written as such. */
export function sizeOrShare() {
  const { schema: bytes, argument } = size();
  const schema = written((text) => {
    const [, percent, fraction] = /^(?:(\d{1,3})%|(0\.\d+))$/.exec(text) ?? [];
    if (percent === undefined && fraction === undefined) return bytes.safeParse(text).data;
    const share = percent === undefined ? Number(fraction) : Number(percent) / 100;
    return share > 0 && share <= 1 ? share : undefined;
  }, 'must be a number of bytes, such as 64K or 16M, or a percentage up to 100%');
  return { schema, argument };
}

/**
 * A list in the file, and comma-separated in a flag. An empty list is an error, because it would allow all addresses.
 */
export function hosts() {
  const schema = z
    .union([z.string(), z.array(z.string())], 'must be a list of addresses and networks')
    .transform((given, context) => {
      const networks =
        typeof given === 'string'
          ? given
              .split(',')
              .map((network) => network.trim())
              .filter(Boolean)
          : given;
      try {
        if (networks.length === 0) throw new TypeError('must not be empty');
        return new HostSet(networks);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
        return z.NEVER;
      }
    })
    .optional();
  return { schema, argument: '<hosts>' };
}

export function file() {
  return { schema: z.string().optional(), argument: '<file>' };
}
