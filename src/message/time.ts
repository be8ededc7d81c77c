/** SMPP time strings (SMPP 3.4 section 7.1.1): YYMMDDhhmmss, tenths, quarter hours from UTC, and "+", "-" or "R". */
import { InvalidInputError } from '../base/errors';
import { describe, isBlank } from './input';

const DAY = 86400;
/** Above 31 days the relative form counts in calendar months, whose length nothing defines. */
const MAX_VALIDITY = 31 * DAY;
const ISO_8601 = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

function digits(number: number, width = 2): string {
  return String(number).padStart(width, '0');
}

/**
 * Whole seconds of validity, from 1 to 31 days; a fraction counts as a second. Undefined when blank.
 * @throws InvalidInputError (`validity`)
 */
export function validitySeconds(value: unknown): number | undefined {
  if (isBlank(value)) return undefined;
  const number = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  const seconds = typeof number === 'number' ? Math.ceil(number) : NaN;
  if (seconds >= 1 && seconds <= MAX_VALIDITY) return seconds;
  throw new InvalidInputError(
    'validity',
    `validity: ${describe(value)} is not a number of seconds from 1 to ${MAX_VALIDITY} (31 days); give one or leave it blank`,
  );
}

/** A relative time: so many seconds from the moment the platform has the message. */
export function relativeTime(seconds: number): string {
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `0000${digits(days)}${digits(hours)}${digits(minutes)}${digits(seconds % 60)}000R`;
}

/** An absolute time, in UTC. The year must be in 2000 to 2099. */
export function absoluteTime(time: Date): string {
  const [year, month, day] = [time.getUTCFullYear() % 100, time.getUTCMonth() + 1, time.getUTCDate()];
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()];
  return (
    [year, month, day, ...clock].map((part) => digits(part)).join('') +
    `${Math.floor(time.getUTCMilliseconds() / 100)}00+`
  );
}

/** Milliseconds east of UTC; undefined for an impossible zone. */
function zoneOffset(zone: string): number | undefined {
  const [sign, hours, minutes] = [zone[0], Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * Undefined for a text that is no ISO 8601 time, or a date or time that does not exist. Without a zone it is local
 * time, as in ISO 8601.
 */
function parseIso8601(text: string): { time: Date; zone: boolean } | undefined {
  const match = ISO_8601.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const millisecond = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
  const asUtc = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond));
  // Date carries a 30 February over into March and hour 24 into the next day: month or day then differ from the text.
  if (asUtc.getUTCMonth() !== month - 1 || asUtc.getUTCDate() !== day || minute > 59 || second > 59) return undefined;
  const zone = match[8]?.toUpperCase();
  if (zone === undefined)
    return { time: new Date(year, month - 1, day, hour, minute, second, millisecond), zone: false };
  const offset = zone === 'Z' ? 0 : zoneOffset(zone);
  return offset === undefined ? undefined : { time: new Date(asUtc.getTime() - offset), zone: true };
}

const UNSCHEDULED = { time: '', warnings: [] };

/**
 * schedule_delivery_time from an ISO 8601 text or a Date; "" when blank.
 * @throws InvalidInputError (`schedule`)
 */
export function scheduledTime(value: unknown): { readonly time: string; readonly warnings: readonly string[] } {
  if (isBlank(value)) return UNSCHEDULED;
  const parsed =
    value instanceof Date ? { time: value, zone: true } : typeof value === 'string' ? parseIso8601(value) : undefined;
  if (!parsed || Number.isNaN(parsed.time.getTime())) {
    throw new InvalidInputError(
      'schedule',
      `schedule: ${describe(value)} is not an ISO 8601 time; give one such as "2030-01-31T09:00:00+05:30"`,
    );
  }
  const { time, zone } = parsed;
  if (time.getUTCFullYear() < 2000 || time.getUTCFullYear() > 2099) {
    throw new InvalidInputError(
      'schedule',
      `schedule: ${time.toISOString()} is outside the years 2000 to 2099; SMPP has two digits for the year`,
    );
  }
  const warnings = zone
    ? []
    : [`schedule ${value as string} has no time zone and is taken as local time: ${time.toISOString()}`];
  return { time: absoluteTime(time), warnings };
}
