/** ISO 8601 times in all the forms that name a day. No node: module, because the dialog checks with it too. */

/** Calendar date, ordinal date or week date, each with hyphens or without. */
const DATE =
  /^(?<year>\d{4})(?:-(?<month>\d\d)-(?<day>\d\d)|-(?<ordinal>\d{3})|-W(?<week>\d\d)-(?<weekday>[1-7])|(?<month2>\d\d)(?<day2>\d\d)|(?<ordinal2>\d{3})|W(?<week2>\d\d)(?<weekday2>[1-7]))$/i;
/** Hours, with minutes, with seconds; the last of them may have a fraction. */
const TIME = /^(?<hour>\d\d)(?::?(?<minute>\d\d)(?::?(?<second>\d\d))?)?(?:[.,](?<fraction>\d+))?$/;
/** The minus sign of typography is ISO 8601's own. A zone's name in brackets may follow (RFC 9557). */
const ZONE = /\s*(?<zone>Z|[+\-\u2212]\d\d(?::?\d\d)?)(?:\[[\w/+:-]+\])?$/i;
/** Characters of the longest text that is read. */
const MAX_LENGTH = 100;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface IsoTime {
  readonly time: Date;
  /** False where the text has no zone: it was read as local time. */
  readonly zone: boolean;
}

/** Undefined for a text that is no ISO 8601 time of a day, or a date, time or zone that does not exist. */
export function readIsoTime(text: string): IsoTime | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const trimmed = text.trim();
  const at = trimmed.search(/[T ]/i);
  if (at < 0) return undefined;
  const day = readDay(trimmed.slice(0, at));
  let clock = trimmed.slice(at + 1).trimStart();
  const zone = ZONE.exec(clock);
  if (zone) clock = clock.slice(0, zone.index);
  const sinceMidnight = readClock(clock);
  if (day === undefined || sinceMidnight === undefined) return undefined;
  if (!zone) return { time: localTime(day, sinceMidnight), zone: false };
  const offset = readZone(zone.groups!.zone!);
  return offset === undefined ? undefined : { time: new Date(day + sinceMidnight - offset), zone: true };
}

/** Midnight of the day as if in UTC, in milliseconds. */
function readDay(text: string): number | undefined {
  const groups = DATE.exec(text)?.groups;
  if (!groups) return undefined;
  const year = Number(groups.year);
  const ordinal = groups.ordinal ?? groups.ordinal2;
  const week = groups.week ?? groups.week2;
  if (ordinal !== undefined) return dayOfYear(year, Number(ordinal));
  if (week !== undefined) return dayOfWeek(year, Number(week), Number(groups.weekday ?? groups.weekday2));
  const [month, day] = [Number(groups.month ?? groups.month2), Number(groups.day ?? groups.day2)];
  const midnight = Date.UTC(year, month - 1, day);
  const read = new Date(midnight);
  // Date carries a 30 February over into March: month or day then differ from the text.
  return read.getUTCMonth() === month - 1 && read.getUTCDate() === day ? midnight : undefined;
}

function dayOfYear(year: number, day: number): number | undefined {
  const midnight = Date.UTC(year, 0, day);
  return day > 0 && new Date(midnight).getUTCFullYear() === year ? midnight : undefined;
}

/** Week 1 is the one with 4 January in it; weeks begin on Monday. */
function dayOfWeek(year: number, week: number, weekday: number): number | undefined {
  const firstMonday = (of: number): number => {
    const fourth = Date.UTC(of, 0, 4);
    return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY;
  };
  const midnight = firstMonday(year) + ((week - 1) * 7 + weekday - 1) * DAY;
  return week > 0 && midnight < firstMonday(year + 1) ? midnight : undefined;
}

/** Milliseconds since midnight. 24:00 is refused: the standard has had it, dropped it, and has it again. */
function readClock(text: string): number | undefined {
  const groups = TIME.exec(text)?.groups;
  if (!groups) return undefined;
  const [hour, minute, second] = [Number(groups.hour), Number(groups.minute ?? 0), Number(groups.second ?? 0)];
  const unit = groups.second !== undefined ? SECOND : groups.minute !== undefined ? MINUTE : HOUR;
  const fraction = groups.fraction === undefined ? 0 : Math.floor(Number(`0.${groups.fraction}`) * unit);
  const all = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
  return hour <= 23 && minute <= 59 && second <= 59 ? all : undefined;
}

/** Milliseconds east of UTC. */
function readZone(zone: string): number | undefined {
  if (/z/i.test(zone)) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('+') ? 1 : -1) * (hours * HOUR + minutes * MINUTE);
}

function localTime(day: number, sinceMidnight: number): Date {
  const date = new Date(day);
  const [hours, rest] = [Math.floor(sinceMidnight / HOUR), sinceMidnight % HOUR];
  return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), hours, 0, 0, rest);
}
