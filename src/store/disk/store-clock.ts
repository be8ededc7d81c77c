import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancel, Clock } from '../../base/clock';

/** Beside the data, for it must be known before anything is read. */
const FILE = 'clock.json';
/** Milliseconds between two looks at the system's clock, and between two notes of how far the store's time has come. */
const LOOK = 5000;
const NOTE = 600_000;
/** Milliseconds by which the system's clock must have been put right to count as wrong before. Less is drift. */
const WRONG = 1000;
/** No store is older than this package: what says so was written under a clock that had not been set yet. */
const BIRTH = Date.UTC(2026, 0, 1);

/** What the folder keeps of its time. Epoch milliseconds. */
interface Kept {
  /** What the system's clock shows less the store's time. */
  readonly skew: number;
  /** How far the store's time had come at least. */
  readonly last: number;
}

/**
 * The time of one store: it goes on over restarts and never jumps, however often the system's clock is wrong at a start and put right
 * later. Everything a store keeps is in this time, so that a message that waited two seconds has waited two seconds.
 */
export class StoreClock implements Clock {
  readonly #base: Clock;
  readonly #path: string;
  #skew: number;
  /** The store's time less that of the clock below. */
  readonly #shift: number;
  #notedAt = -Infinity;
  #cancel: Cancel | null = null;
  #saving: Promise<void> = Promise.resolve();

  /** Reads what the folder keeps; there may be neither yet. */
  constructor(folder: string, base: Clock) {
    this.#base = base;
    this.#path = join(folder, FILE);
    const now = base.now();
    const wall = base.wallOf(now);
    this.#skew = skewAtStart(readKept(this.#path), wall);
    this.#shift = wall - this.#skew - now;
  }

  now(): number {
    return this.#base.now() + this.#shift;
  }

  wallOf(moment: number): number {
    return this.#base.wallOf(moment - this.#shift);
  }

  after(delay: number, call: () => void): Cancel {
    return this.#base.after(delay, call);
  }

  /** Follows the system's clock from now on. To be called once the folder is there and ours. */
  start(): void {
    const look = (): void => {
      this.#look();
      this.#cancel = this.#base.after(LOOK, look);
    };
    look();
  }

  /** Notes where it stands. */
  async stop(): Promise<void> {
    if (!this.#cancel) return;
    this.#cancel();
    this.#cancel = null;
    this.#notedAt = -Infinity;
    this.#look();
    await this.#saving;
  }

  #look(): void {
    const now = this.now();
    const corrected = this.wallOf(now) - now - this.#skew;
    const isWrong = Math.abs(corrected) > WRONG;
    if (!isWrong && now - this.#notedAt < NOTE) return;
    if (isWrong) this.#skew += corrected;
    this.#notedAt = now;
    const kept: Kept = { skew: this.#skew, last: now };
    this.#saving = this.#saving.then(() => save(this.#path, kept));
  }
}

/**
 * By how much the system's clock is ahead of the store's time when a process begins.
 * A clock that shows an earlier time than the store has seen is wrong; one that was never set when the store was last written has been
 * set since. In both cases the store's time goes on from where it stood: how long it stood nobody knows.
 */
export function skewAtStart(kept: Kept | null, wall: number): number {
  if (!kept) return 0;
  const { skew, last } = kept;
  const wasUnset = last + skew < BIRTH && wall >= BIRTH;
  return wall - skew < last || wasUnset ? wall - last : skew;
}

function readKept(path: string): Kept | null {
  try {
    const { skew, last } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Kept>;
    return Number.isFinite(skew) && Number.isFinite(last) ? { skew: skew!, last: last! } : null;
  } catch {
    // There is none yet, or it is damaged: then the system's clock is believed.
    return null;
  }
}

async function save(path: string, kept: Kept): Promise<void> {
  const draft = `${path}.new`;
  try {
    const file = await open(draft, 'w');
    try {
      await file.writeFile(JSON.stringify(kept));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch {
    // A disk that is full or gone is the store's to tell; the next look tries again.
  }
}
