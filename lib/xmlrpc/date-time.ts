import { DecodingError } from './codec-error.js';
import { DateTime } from './value.js';

/**
 * The forms that clients send: the standard's `YYYYMMDDTHH:MM:SS`, with hyphens in the date, a blank for the T, no
 * colons in the time, a fraction of a second, and a zone.
 */
const FORM = /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(\.\d{1,9})?(?:(Z)|([+-])(\d\d):?(\d\d))?$/;

/**
 * Reads a `<dateTime.iso8601>`. One with a zone is moved to UTC, since the type has none; any other is left as it is,
 * whether or not there was such a moment.
 *
 * @param text without blanks around it
 * @throws {DecodingError}
 */
export function parseDateTime(text: string): DateTime {
  const form = FORM.exec(text);
  if (!form) throw new DecodingError(`"${text.slice(0, 40)}" is not a dateTime.iso8601`);
  const [, year, month, day, hour, minute, second, fraction = '', , sign, zoneHours, zoneMinutes] = form;
  const wall = `${year}${month}${day}T${hour}:${minute}:${second}`;
  if (sign === undefined) return new DateTime(wall + fraction);
  const ahead = (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes));
  const moved = new Date(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - ahead * 60_000);
  const utc = Number.isNaN(moved.getTime()) ? '' : moved.toISOString();
  // Years outside 0 to 9999 have a sign and six digits.
  if (!/^\d/.test(utc)) throw new DecodingError(`"${text.slice(0, 40)}" is no moment that UTC has`);
  return new DateTime(utc.slice(0, 19).replaceAll('-', '') + fraction);
}
