/** Milliseconds by which a zone's wall clock is ahead of UTC, at an instant in epoch milliseconds. */
type Offset = (instant: number) => number;

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Zones change their offset at full quarters of an hour: one call of Intl (microseconds) serves a whole quarter. */
const QUARTER = 15 * MINUTE;
const OFFSETS_KEPT = 1000;

/** The dates read last, all in `datesZone`: receipts of the same minute or second name the same dates. */
const dates = new Map<string, string | null>();
let datesZone = 'UTC';
const DATES_KEPT = 256;
/** Characters of the longest date that is kept in `dates`. */
const LONGEST = 25;
const MAX_WRITTEN = 40;
/**
 * A date as people write it: day, blank or T, time, and perhaps an offset. Separators inside the day need a year of
 * four digits, because 01-02-03 could be read in several orders.
 */
const WRITTEN =
  /^(?:(\d{4})([-/.]?)(\d\d)\2|(\d\d)(\d\d))(\d\d)(?:T| +)(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d{1,9})? ?(?:(Z|UTC|GMT)|([+-]\d\d):?(\d\d))?$/i;

const utc: Offset = () => 0;
const zones = new Map<string, Offset | null>([['UTC', utc]]);

/** True where this machine's Intl knows the IANA zone. */
export function isTimeZone(timezone: string): boolean {
  return offsetOf(timezone) !== null;
}

/**
 * A date of a receipt as ISO 8601 in UTC; null where it cannot be read, or is all zeros. Never throws.
 * 10 digits are YYMMDDhhmm; 12 are YYMMDDhhmmss, or else YYYYMMDDhhmm; 14 are YYYYMMDDhhmmss. 15 digits and a sign are
 * SMPP absolute time (3.4 section 7.1.1), which has an offset of its own. "2026-07-15 10:40:12" and its like are read too.
 * A date without an offset is on the wall clock of `timezone`; an unknown zone counts as UTC.
 * When clocks go back, an hour comes twice: the first is meant. When they go forward, the skipped hour is read with the
 * offset before the change.
 */
export function readReceiptDate(text: string, timezone: string): string | null {
  if (datesZone !== timezone || dates.size >= DATES_KEPT) {
    dates.clear();
    datesZone = timezone;
  }
  let date = dates.get(text);
  if (date === undefined) {
    date = readDate(text, timezone);
    if (text.length <= LONGEST) dates.set(text, date);
  }
  return date;
}

function readDate(text: string, timezone: string): string | null {
  const wall = wallTime(text);
  if (wall === null) return readWritten(text, timezone);
  const sign = text.charAt(15);
  if (sign === '') return new Date(instantOf(wall, offsetOf(timezone) ?? utc)).toISOString();
  const quarters = Number(text.slice(13, 15));
  const tenths = Number(text.charAt(12)) * 100;
  return new Date(wall + tenths - (sign === '+' ? quarters : -quarters) * QUARTER).toISOString();
}

function readWritten(text: string, timezone: string): string | null {
  const match = text.length <= MAX_WRITTEN ? WRITTEN.exec(text) : null;
  if (match === null) return null;
  const [, year, , month, shortYear, shortMonth, day, hour, minute, second = '00', universal, hours, minutes] = match;
  const digits = `${year ?? shortYear!}${month ?? shortMonth!}${day!}${hour!}${minute!}${second}`;
  const wall = fromDigits(digits, year === undefined ? 2 : 4);
  if (wall === null) return null;
  if (universal !== undefined) return new Date(wall).toISOString();
  if (hours === undefined) return new Date(instantOf(wall, offsetOf(timezone) ?? utc)).toISOString();
  return new Date(wall - readOffset(`GMT${hours}:${minutes!}`)).toISOString();
}

/**
 * The wall time in epoch milliseconds as if it were UTC, without the tenths of absolute time; null where it is no date.
 */
function wallTime(text: string): number | null {
  if (!/^(?:[0-9]{10}|[0-9]{12}|[0-9]{14}|[0-9]{15}[+-])$/.test(text)) return null;
  switch (text.length) {
    case 14:
      return fromDigits(text, 4);
    case 12:
      return fromDigits(text, 2) ?? fromDigits(text, 4);
    default:
      return fromDigits(text, 2);
  }
}

/**
 * `text` begins with a year of two or four digits; month, day, hour, minute and perhaps second follow, two digits each.
 */
function fromDigits(text: string, yearDigits: 2 | 4): number | null {
  const two = (at: number): number => Number(text.slice(yearDigits + at, yearDigits + at + 2));
  const year = Number(text.slice(0, yearDigits)) + (yearDigits === 2 ? 2000 : 0);
  const month = two(0);
  const day = two(2);
  const hour = two(4);
  const minute = two(6);
  const second = two(8);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return null;
  // Date.UTC takes a year below 100 for 1900 and later. No receipt is from before 1900.
  if (year < 1900 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function instantOf(wall: number, offset: Offset): number {
  const before = offset(wall - DAY);
  const after = offset(wall + DAY);
  if (offset(wall - before) === before) return wall - before;
  return offset(wall - after) === after ? wall - after : wall - before;
}

function offsetOf(timezone: string): Offset | null {
  let offset = zones.get(timezone);
  if (offset === undefined) {
    offset = createOffset(timezone);
    zones.set(timezone, offset);
  }
  return offset;
}

function createOffset(timezone: string): Offset | null {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  } catch {
    return null;
  }
  const known = new Map<number, number>();
  return (instant) => {
    const quarter = Math.floor(instant / QUARTER);
    let offset = known.get(quarter);
    if (offset === undefined) {
      offset = readOffset(format.format(quarter * QUARTER));
      if (known.size >= OFFSETS_KEPT) known.clear();
      known.set(quarter, offset);
    }
    return offset;
  };
}

/** The offset, in milliseconds, at the end of a formatted date: GMT, GMT+05:30, GMT-00:25:21. */
function readOffset(formatted: string): number {
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(formatted);
  if (match === null) return 0;
  const [, sign, hours, minutes, seconds] = match;
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds ?? 0) * 1000;
  return sign === '-' ? -size : size;
}
