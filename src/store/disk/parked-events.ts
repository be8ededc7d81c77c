import { storable } from '../storable';
import type { ParkedEvent, ParkOptions } from '../store';
import type { GroupCommit } from './group-commit';
import { remove, type StoreFile, type Write } from './store-file';

/** Events to be parked in one transaction with other writes. */
export interface Parking {
  readonly keys: readonly number[];
  readonly writes: readonly Write[];
  /** To be called where the events were not stored. */
  undo(): void;
}

/** Events that wait for the flows, in the order of parking. */
export class ParkedEvents {
  readonly #file: StoreFile;
  readonly #commit: GroupCommit;
  /** Keys of events that are being handed over already: `all` leaves them out. */
  readonly #held = new Set<number>();
  #nextKey = 1;
  /** Events with a lower key may have been handed over by a process that died. */
  #doubtfulBefore = 0;

  constructor(file: StoreFile, commit: GroupCommit) {
    this.#file = file;
    this.#commit = commit;
  }

  /** Continues the keys of events that an earlier process left. */
  load(): void {
    for (const key of this.#file.keys('parked', { reverse: true, limit: 1 })) this.#nextKey = key + 1;
    if (!this.#file.closedWell) this.#doubtfulBefore = this.#nextKey;
  }

  parking({ park = [], handing = false }: ParkOptions): Parking {
    const keys = park.map(() => this.#nextKey++);
    if (handing) for (const key of keys) this.#held.add(key);
    return {
      keys,
      writes: park.map(({ kind, data }, at) => this.#file.put('parked', keys[at]!, [kind, storable(data)])),
      undo: () => {
        for (const key of keys) this.#held.delete(key);
      },
    };
  }

  async park(event: Omit<ParkedEvent, 'key'>): Promise<number> {
    const { keys, writes, undo } = this.parking({ park: [event] });
    await this.#commit.attempt(writes, undo);
    return keys[0]!;
  }

  async all(): Promise<readonly ParkedEvent[]> {
    await this.#commit.idle();
    const events = Array.from(this.#file.range('parked'), ({ key, value: [kind, data] }) => ({
      ...{ key, kind, data },
      ...(key < this.#doubtfulBefore && ({ again: true } as const)),
    }));
    return events.filter(({ key }) => !this.#held.has(key));
  }

  unpark(key: number): Promise<void> {
    this.#held.delete(key);
    return this.#commit.change(remove('parked', key));
  }
}
