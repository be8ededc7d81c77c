import type { BindState, Hindrance, ServerSnapshot } from '../../../src/pool/events';
import { conditionOf, DOTS, type Dot } from '../../../src/pool/health';
import type { FeedSnapshot } from '../../admin/feed-snapshot';

/** How a state is shown: a word of the catalogue (`live.state.<word>`) and a dot. */
export interface Face {
  readonly word: string;
  readonly dot: Dot;
}

function face(word: keyof typeof DOTS): Face {
  return { word, dot: DOTS[word] };
}

export function bindFace(state: BindState): Face {
  return face(state);
}

export function serverFace(server: ServerSnapshot): Face {
  return face(conditionOf(server.state, [server]));
}

export function poolFace({ inUse, problem, snapshot: { state, servers } }: FeedSnapshot): Face {
  if (problem !== null) return face('failed');
  return face(inUse ? conditionOf(state, servers, servers.length === 0) : 'unused');
}

/** What holds the queue up (`live.hindrance.<code>` in the catalogue); null for nothing, or where the card tells it. */
export function hindranceOf({ inUse, problem, trouble, snapshot }: FeedSnapshot): Hindrance | null {
  if (!inUse || problem !== null || trouble !== null) return null;
  // Said even where nothing waits yet: what is sent from now on would.
  return snapshot.state === 'stopped' ? { code: 'stopped', text: '' } : snapshot.hindrance;
}

/** Unanswered submits of a server (`used`) and how many it allows (`size`); null where no bind submits now. */
export function windowUse({ binds }: ServerSnapshot): { readonly used: number; readonly size: number } | null {
  const size = binds.reduce((sum, bind) => sum + (bind.state === 'bound' ? bind.window : 0), 0);
  const used = binds.reduce((sum, bind) => sum + bind.inFlight, 0);
  return size === 0 ? null : { used, size };
}

/** A part of a whole, from 0 to 1. */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

/** Writes a moment of today as its time, an older one with its day. */
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

/** Writes a span in its largest unit, such as "12 sec" or "3 hr". */
export function span(seconds: number, language: string): string {
  const [unit, length] = seconds < 60 ? ['second', 1] : seconds < 3600 ? ['minute', 60] : ['hour', 3600];
  return new Intl.NumberFormat(language, { style: 'unit', unit: unit as string, unitDisplay: 'short' }).format(
    Math.floor(seconds / (length as number)),
  );
}
