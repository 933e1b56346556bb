import { DecodingError } from './codec-error.js';
import { DateTime } from './value.js';

/**
 * The standard's `YYYYMMDDTHH:MM:SS`, and the other forms of ISO 8601 that libraries write: hyphens in the date, a
 * space instead of T, no colons in the time, a fraction of a second behind a point or a comma, a time zone of hours
 * with or without minutes, and small letters.
 *
 * A time without seconds or minutes is one at which they are zero, and a date alone is its beginning.
 */
const ZONE = ' ?(?:[Zz]|([+-])(\\d\\d)(?::?(\\d\\d))?)';
const TIME = `(\\d\\d)(?::?(\\d\\d)(?::?(\\d\\d)(?:[.,](\\d+))?)?)?(?:${ZONE})?`;
const FORM = new RegExp(`^(\\d{4})-?(\\d\\d)-?(\\d\\d)(?:[Tt ]${TIME})?$`);

/**
 * Parses a `<dateTime.iso8601>`. A time with a zone is converted to UTC, since the type has no zone. Any other is kept,
 * even if it does not exist in the calendar. All digits of a fraction are kept.
 *
 * @param text without surrounding white space
 * @throws {DecodingError}
 */
export function parseDateTime(text: string): DateTime {
  const form = FORM.exec(text);
  if (!form) throw new DecodingError(`invalid dateTime.iso8601 "${text.slice(0, 40)}"`);
  const [, year, month, day, hour = '00', minute = '00', second = '00', digits, sign, zoneHours, zoneMinutes = 0] =
    form;
  const fraction = digits === undefined ? '' : `.${digits}`;
  if (sign === undefined) return new DateTime(`${year}${month}${day}T${hour}:${minute}:${second}${fraction}`);
  const ahead = (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes));
  const moved = new Date(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - ahead * 60_000);
  const utc = Number.isNaN(moved.getTime()) ? '' : moved.toISOString();
  // Years outside 0 to 9999 have a sign and six digits.
  if (!/^\d/.test(utc)) throw new DecodingError(`dateTime.iso8601 "${text.slice(0, 40)}" is out of range`);
  return new DateTime(utc.slice(0, 19).replaceAll('-', '') + fraction);
}
