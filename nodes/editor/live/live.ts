import type { BindState, ServerSnapshot } from '../../../src/pool/events';
import type { FeedSnapshot } from '../../admin/feed-snapshot';

/** How good a state is, for its colour; the word beside it says it again. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'off';

/** A state in a word of the catalogue (`live.state.<word>`) and a tone. */
export interface Face {
  readonly word: string;
  readonly tone: Tone;
}

const BINDS: Readonly<Record<BindState, Tone>> = {
  bound: 'good',
  connecting: 'busy',
  leaving: 'busy',
  waiting: 'warn',
  refused: 'bad',
  quota: 'bad',
  stopped: 'off',
};

export function bindFace(state: BindState): Face {
  return { word: state, tone: BINDS[state] };
}

/** True where the platform has asked for fewer submits a second than the contract allows. */
export function isThrottled({ allowed, throughput }: ServerSnapshot): boolean {
  return allowed > 0 && (throughput === 0 || allowed < throughput);
}

export function serverFace(server: ServerSnapshot): Face {
  switch (server.state) {
    case 'stopped':
      return { word: 'stopped', tone: 'off' };
    case 'up':
      return isThrottled(server) ? { word: 'throttled', tone: 'warn' } : { word: 'up', tone: 'good' };
    case 'degraded':
      return { word: 'degraded', tone: 'warn' };
    case 'down':
      return server.binds.some(({ state }) => state === 'connecting')
        ? { word: 'connecting', tone: 'busy' }
        : { word: 'down', tone: 'bad' };
  }
}

export function poolFace({ inUse, problem, snapshot }: FeedSnapshot): Face {
  if (problem !== null) return { word: 'failed', tone: 'bad' };
  if (!inUse) return { word: 'unused', tone: 'off' };
  switch (snapshot.state) {
    case 'up':
      return { word: 'up', tone: 'good' };
    case 'degraded':
      return { word: 'degraded', tone: 'warn' };
    case 'stopped':
      return { word: 'stopped', tone: 'off' };
    case 'down': {
      const faces = snapshot.servers.map(serverFace);
      const connecting = faces.length === 0 || faces.some(({ word }) => word === 'connecting');
      return connecting ? { word: 'connecting', tone: 'busy' } : { word: 'down', tone: 'bad' };
    }
  }
}

/** Unanswered submits of a server and how many there may be; null where no bind of it submits now. */
export function windowUse({ binds }: ServerSnapshot): { readonly used: number; readonly size: number } | null {
  const size = binds.reduce((sum, bind) => sum + (bind.state === 'bound' ? bind.window : 0), 0);
  const used = binds.reduce((sum, bind) => sum + bind.inFlight, 0);
  return size === 0 ? null : { used, size };
}

/** A part of a whole, from 0 to 1. */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

/** Seconds of a trace. */
export const TRACE = 60;

/** One value a second for the last minute; null where nothing is known. */
export class Trace {
  readonly #values = new Array<number | null>(TRACE).fill(null);
  #second: number | null = null;

  /** The oldest first. */
  get values(): readonly (number | null)[] {
    return this.#values;
  }

  /** The value of a second; seconds that were left out since the last call had the value of the last. */
  put(second: number, value: number | null): void {
    const last = this.#values[TRACE - 1]!;
    const passed = this.#second === null ? 0 : Math.min(TRACE, second - this.#second);
    for (let count = 0; count < passed; count++) {
      this.#values.shift();
      this.#values.push(last);
    }
    if (this.#second === null || second > this.#second) this.#second = second;
    this.#values[TRACE - 1] = value;
  }

  get most(): number {
    return this.#values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  }
}

export interface Chart {
  /** SVG path data: the line, and the area below it. */
  readonly line: string;
  readonly area: string;
  /** Height of the allowed rate; null where there is no limit. */
  readonly limit: number | null;
}

/** A trace drawn into a box of these measures; the scale holds the limit and the highest value, with a little air. */
export function chart(values: readonly (number | null)[], limit: number, width: number, height: number): Chart {
  const most = values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), Math.max(limit, 1));
  const top = most * 1.1;
  const x = (index: number): string => round((index * width) / (values.length - 1));
  const y = (value: number): string => round(height - (value / top) * height);
  let line = '';
  let area = '';
  let start = -1;
  values.forEach((value, index) => {
    if (value === null) return;
    const begins = index === 0 || values[index - 1] === null;
    const ends = index === values.length - 1 || values[index + 1] === null;
    if (begins) start = index;
    line += `${begins ? 'M' : 'L'}${x(index)} ${y(value)}`;
    area += `${begins ? `M${x(index)} ${height}` : ''}L${x(index)} ${y(value)}`;
    if (ends) area += `L${x(index)} ${height}L${x(start)} ${height}Z`;
  });
  return { line, area, limit: limit > 0 ? Number(y(limit)) : null };
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A moment of today as its time, an older one with its day. */
export function moment(iso: string, now: Date, language: string): string {
  const at = new Date(iso);
  const today = at.toDateString() === now.toDateString();
  return at.toLocaleString(
    language,
    today
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
      : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  );
}

/** A span in its largest unit, as "12 sec" or "3 hr". */
export function span(seconds: number, language: string): string {
  const [unit, length] = seconds < 60 ? ['second', 1] : seconds < 3600 ? ['minute', 60] : ['hour', 3600];
  return new Intl.NumberFormat(language, { style: 'unit', unit: unit as string, unitDisplay: 'short' }).format(
    Math.floor(seconds / (length as number)),
  );
}
