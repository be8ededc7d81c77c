/** SMPP time strings (SMPP 3.4 section 7.1.1): YYMMDDhhmmss, tenths, quarter hours from UTC, and "+", "-" or "R". */
import { InvalidInputError } from '../base/errors';
import { describe, isBlank } from './input';
import { readIsoTime } from './iso-time';

const DAY = 86400;
/** Above 31 days the relative form counts in calendar months, whose length nothing defines. */
const MAX_VALIDITY = 31 * DAY;

function digits(number: number, width = 2): string {
  return String(number).padStart(width, '0');
}

/** How long a message is of use: seconds from now on, or a moment. */
export type Validity = { readonly seconds: number } | { readonly until: Date };

/**
 * Whole seconds of validity, from 1 to 31 days (a fraction counts as a second), or a moment as an ISO 8601 text or a Date. Undefined
 * when blank.
 * @throws InvalidInputError (`validity`)
 */
export function readValidity(value: unknown): Validity | undefined {
  if (isBlank(value)) return undefined;
  const number = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  const seconds = typeof number === 'number' ? Math.ceil(number) : NaN;
  if (seconds >= 1 && seconds <= MAX_VALIDITY) return { seconds };
  const moment =
    value instanceof Date ? { time: value, zone: true } : readIsoTime(typeof value === 'string' ? value : '');
  if (moment?.zone && inCentury(moment.time)) return { until: moment.time };
  throw new InvalidInputError(
    'validity',
    `validity: ${describe(value)} is not a number of seconds from 1 to ${MAX_VALIDITY} (31 days), nor an ISO 8601 time with its zone ` +
      'such as "2030-01-31T09:00:00+05:30"; give one or leave it blank',
  );
}

/** SMPP has two digits for the year. */
function inCentury(time: Date): boolean {
  return time.getUTCFullYear() >= 2000 && time.getUTCFullYear() <= 2099;
}

/** validity_period: relative or absolute, as the validity was given. */
export function validityPeriod(validity: Validity): string {
  return 'until' in validity ? absoluteTime(validity.until) : relativeTime(validity.seconds);
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

const UNSCHEDULED = { time: '', warnings: [] };

/**
 * schedule_delivery_time from an ISO 8601 text or a Date; "" when blank.
 * @throws InvalidInputError (`schedule`)
 */
export function scheduledTime(value: unknown): { readonly time: string; readonly warnings: readonly string[] } {
  if (isBlank(value)) return UNSCHEDULED;
  const parsed =
    value instanceof Date ? { time: value, zone: true } : typeof value === 'string' ? readIsoTime(value) : undefined;
  if (!parsed || Number.isNaN(parsed.time.getTime())) {
    throw new InvalidInputError(
      'schedule',
      `schedule: ${describe(value)} is not an ISO 8601 time; give one such as "2030-01-31T09:00:00+05:30"`,
    );
  }
  const { time, zone } = parsed;
  if (!inCentury(time)) {
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
