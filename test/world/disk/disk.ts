import type { Chance } from '../chance';
import type { Host } from '../host';
import type { Timeline } from '../timeline';

export type Key = string | number;

/** Records of one kind, by key. */
export class Records {
  readonly #octets = new Map<Key, Buffer>();
  /** All keys in order; null until somebody asks for the order. */
  #order: Key[] | null = null;

  get(key: Key): Buffer | undefined {
    return this.#octets.get(key);
  }

  put(key: Key, octets: Buffer): void {
    if (this.#order && !this.#octets.has(key)) this.#order.splice(this.#place(key), 0, key);
    this.#octets.set(key, octets);
  }

  remove(key: Key): void {
    if (this.#octets.delete(key)) this.#order?.splice(this.#place(key), 1);
  }

  /** Keys in order, from `start` on, before `end`. @param reverse the last ones, the highest first */
  keys(start: Key | undefined, end: Key | undefined, limit: number, reverse: boolean): Key[] {
    this.#order ??= [...this.#octets.keys()].sort((one, other) => (one < other ? -1 : 1));
    const first = start === undefined ? 0 : this.#place(start);
    const last = end === undefined ? this.#order.length : this.#place(end);
    if (reverse) return this.#order.slice(Math.max(first, last - limit), last).reverse();
    return this.#order.slice(first, Math.min(last, first + limit));
  }

  /** Number of keys before this one. */
  #place(key: Key): number {
    let low = 0;
    let high = this.#order!.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order![middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One folder of a store, as the disk has it. */
export interface Folder {
  /** By kind of record. */
  readonly kinds: Map<string, Records>;
  /** True where the last store closed it. */
  closedWell: boolean;
  /** The process whose store has it open. */
  holder: Host | null;
}

/** How the disk behaves at this moment. */
export interface DiskMood {
  /** Milliseconds that a commit takes, at least and at most. */
  readonly commit: readonly [number, number];
  /** Probability that a commit fails though the disk is sound otherwise. */
  readonly failing: number;
}

/**
 * The disk of one machine, which outlives its processes. What was not committed when a process died was never there. A
 * commit that was under way is there or not, but whole.
 */
export class Disk {
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, Folder>();
  mood: DiskMood;
  /** Every commit fails until this moment. */
  brokenUntil = 0;
  /** New messages find no room until this moment. */
  fullUntil = 0;
  failed: () => void = () => undefined;
  /** Hears of the octets that a commit has put on the disk, at the moment it is sure. */
  committed: (octets: readonly Buffer[]) => void = () => undefined;

  constructor(timeline: Timeline, chance: Chance, mood: DiskMood) {
    this.#timeline = timeline;
    this.#chance = chance;
    this.mood = mood;
  }

  folder(path: string): Folder {
    let folder = this.#folders.get(path);
    if (!folder) this.#folders.set(path, (folder = { kinds: new Map(), closedWell: true, holder: null }));
    return folder;
  }

  readFile(path: string): string {
    const text = this.#files.get(path);
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return text;
  }

  /** The functions of node:fs/promises that a store uses. */
  filesFor(process: Host): object {
    return {
      open: (path: string) =>
        Promise.resolve({
          writeFile: (text: string) => {
            if (!process.dead) this.#files.set(path, text);
            return Promise.resolve();
          },
          sync: () => Promise.resolve(),
          close: () => Promise.resolve(),
        }),
      rename: (from: string, to: string) => {
        const text = this.#files.get(from);
        if (text === undefined) return Promise.reject(new Error(`ENOENT: ${from}`));
        if (!process.dead) {
          this.#files.set(to, text);
          this.#files.delete(from);
        }
        return Promise.resolve();
      },
    };
  }

  /**
   * Makes a change sure, after a while.
   * @param apply makes the change on the disk
   * @returns what went wrong; null where the change is on the disk
   */
  commit(process: Host, needsRoom: boolean, apply: () => void): Promise<'failed' | 'full' | null> {
    return new Promise((resolve) => {
      const { now } = this.#timeline;
      const takes = this.#chance.between(...this.mood.commit);
      const fails = now < this.brokenUntil || this.#chance.happens(this.mood.failing);
      if (fails || (needsRoom && now < this.fullUntil)) {
        process.arrive(now + takes, () => {
          this.failed();
          resolve(fails ? 'failed' : 'full');
        });
        return;
      }
      // A process that dies meanwhile does not learn whether this was in time.
      const inTime = this.#chance.between(0, takes);
      const alive = process.onDeath(() => {
        if (this.#timeline.now >= now + inTime) apply();
      });
      process.arrive(now + takes, () => {
        alive();
        apply();
        resolve(null);
      });
    });
  }
}
