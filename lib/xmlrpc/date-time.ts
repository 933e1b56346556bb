import { DecodingError } from './codec-error.js';
import { DateTime } from './value.js';

/**
 * The standard's `YYYYMMDDTHH:MM:SS`, and the variants that clients send: hyphens in the date, a space instead of T, no
 * colons in the time, a fraction of a second, and a time zone.
 */
const FORM = /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(\.\d{1,9})?(?:(Z)|([+-])(\d\d):?(\d\d))?$/;

/**
 * Parses a `<dateTime.iso8601>`. A time with a zone is converted to UTC, since the type has no zone. Any other is kept,
 * even if it does not exist in the calendar.
 *
 * @param text without surrounding white space
 * @throws {DecodingError}
 */
export function parseDateTime(text: string): DateTime {
  const form = FORM.exec(text);
  if (!form) throw new DecodingError(`invalid dateTime.iso8601 "${text.slice(0, 40)}"`);
  const [, year, month, day, hour, minute, second, fraction = '', , sign, zoneHours, zoneMinutes] = form;
  const wall = `${year}${month}${day}T${hour}:${minute}:${second}`;
  if (sign === undefined) return new DateTime(wall + fraction);
  const ahead = (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes));
  const moved = new Date(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - ahead * 60_000);
  const utc = Number.isNaN(moved.getTime()) ? '' : moved.toISOString();
  // Years outside 0 to 9999 have a sign and six digits.
  if (!/^\d/.test(utc)) throw new DecodingError(`dateTime.iso8601 "${text.slice(0, 40)}" is out of range`);
  return new DateTime(utc.slice(0, 19).replaceAll('-', '') + fraction);
}
