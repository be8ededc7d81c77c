import type { BindState, ServerSnapshot } from '../../../src/pool/events';
import { isThrottled, isConnecting } from '../../../src/pool/health';
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

export function serverFace(server: ServerSnapshot): Face {
  switch (server.state) {
    case 'stopped':
      return { word: 'stopped', tone: 'off' };
    case 'up':
      return isThrottled(server) ? { word: 'throttled', tone: 'warn' } : { word: 'up', tone: 'good' };
    case 'degraded':
      return { word: 'degraded', tone: 'warn' };
    case 'down':
      return isConnecting(server) ? { word: 'connecting', tone: 'busy' } : { word: 'down', tone: 'bad' };
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
      const { servers } = snapshot;
      const connecting = servers.length === 0 || servers.some(isConnecting);
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
