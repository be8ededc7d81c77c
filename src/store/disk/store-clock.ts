import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancel, Clock } from '../../base/clock';

/** A file beside the data, because the time must be known before the data is read. */
const FILE = 'clock.json';
/** Milliseconds between two looks at the system's clock. */
const LOOK = 5000;
/** Milliseconds between two writes of the store's time to the folder. */
const NOTE = 600_000;
/** A step of the system's clock by more milliseconds than this means that it was wrong before. Less is drift. */
const WRONG = 1000;
/**
 * No store is older than this package. An earlier time was written under a clock that had not been set. Epoch
 * milliseconds.
 */
const BIRTH = Date.UTC(2026, 0, 1);

/** The content of FILE. */
interface Kept {
  /** The system's clock minus the store's time, in milliseconds. */
  readonly skew: number;
  /** The store's time when this was written; epoch milliseconds. */
  readonly last: number;
}

/**
 * The clock of one store. It goes on over restarts and never jumps, however often the system's clock is wrong at a
 * start and put right later. All times in a store are of this clock, so that a correction of the system's clock makes
 * no message older or younger.
 */
export class StoreClock implements Clock {
  readonly #base: Clock;
  readonly #path: string;
  #skew: number;
  /** The store's time minus that of `#base`, in milliseconds. */
  readonly #shift: number;
  #notedAt = -Infinity;
  #cancel: Cancel | null = null;
  #saving: Promise<void> = Promise.resolve();

  /** Reads FILE; it and the folder may not exist yet. */
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

  /** Follows the system's clock from now on. To be called once the folder is locked. */
  start(): void {
    const look = (): void => {
      this.#look();
      this.#cancel = this.#base.after(LOOK, look);
    };
    look();
  }

  /** Stops following the system's clock, and writes the time to the folder. */
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
 * Milliseconds by which the system's clock is ahead of the store's time when a process begins. The system's clock
 * cannot be trusted in two cases: it shows an earlier time than the store has seen, or it had never been set when the
 * store was last written and has been set since. The store's time then goes on from its last value: how long the store
 * was closed cannot be known.
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
    // The file is missing or damaged: the system's clock is believed.
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
    // The store reports a disk that is full or gone; the next look tries again.
  }
}
