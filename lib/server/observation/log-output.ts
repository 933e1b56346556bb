import { type Logger, pino } from 'pino';
import { INSTANCE } from '../../netsvc/service-request.js';

/**
 * Returns the log of `bin/netsvc` on standard error: JSON, or on a terminal lines for people.
 *
 * @param instance the name of the process; by default, one that each start has anew
 */
export function createLog(level: string, instance = INSTANCE): Logger {
  const options = {
    level,
    base: { instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  const colour = !process.env.NO_COLOR;
  return pino(options, { write: (line: string) => void process.stderr.write(terminalLine(line, colour)) });
}

const COLOURS: Readonly<Record<string, number>> = { debug: 90, info: 32, warn: 33, error: 31, fatal: 31 };

/**
 * Formats a line of the log for a terminal: the time, the level, the message and the other fields. Control characters
 * in values, which may be a client's, are escaped.
 */
export function terminalLine(line: string, colour: boolean): string {
  const { time, level, msg, instance: _, err, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const clock = String(time).slice(11, 23);
  const name = String(level).toUpperCase().padEnd(5);
  const shown = colour ? `\u001b[${COLOURS[String(level)] ?? 0}m${name}\u001b[0m` : name;
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${valueText(value)}`);
  return `${clock} ${shown} ${printable(String(msg))}${rest.join('')}\n${errorText(err)}`;
}

function valueText(value: unknown): string {
  return typeof value === 'string' && PLAIN.test(value) ? value : printable(JSON.stringify(value));
}

/** The stack, on lines of its own. */
function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = error as { readonly stack?: unknown; readonly message?: unknown };
  const lines = String(stack ?? message).split('\n');
  return lines.map((line) => `    ${printable(line)}\n`).join('');
}

const PLAIN = /^[\w./:#@+-]+$/;

/** Control characters, and those that change the direction of text. */
const CONTROL = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

function printable(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
