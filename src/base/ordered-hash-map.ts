/** An entry of an OrderedHashMap, linked into the chain of its slot and into the order of all entries. */
class Item<V extends object> {
  readonly key: string;
  readonly hash: number;
  value: V;
  chain: Item<V> | null;
  before: Item<V> | null;
  after: Item<V> | null = null;

  constructor(key: string, hash: number, value: V, chain: Item<V> | null, before: Item<V> | null) {
    this.key = key;
    this.hash = hash;
    this.value = value;
    this.chain = chain;
    this.before = before;
  }
}

const FEWEST_SLOTS = 64;
/** Characters that are hashed, from the key's end: ids differ at their ends. */
const HASHED = 16;

/**
 * A map for entries that come and go in great numbers; `values` are in the order in which their keys were first set.
 *
 * A Map links each outgrown table to the next one. Once the garbage collector counts one table as old, all later ones
 * stay until the next full collection, with all they held (measured in the pool at full load: 8 of 22 µs CPU a
 * message). A plain object makes every key a name of the whole process, and needs four times as long to set, read and
 * delete a key. Here a deleted entry links to nothing.
 */
export class OrderedHashMap<V extends object> {
  #slots: (Item<V> | null)[] = emptySlots(FEWEST_SLOTS);
  #first: Item<V> | null = null;
  #last: Item<V> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#find(key, hashOf(key))?.value;
  }

  has(key: string): boolean {
    return this.#find(key, hashOf(key)) !== null;
  }

  set(key: string, value: V): void {
    const hash = hashOf(key);
    const known = this.#find(key, hash);
    if (known) {
      known.value = value;
      return;
    }
    if (this.#size === this.#slots.length) this.#resize(2 * this.#size);
    const slot = hash & (this.#slots.length - 1);
    const item = new Item(key, hash, value, this.#slots[slot] ?? null, this.#last);
    this.#slots[slot] = item;
    if (this.#last) this.#last.after = item;
    else this.#first = item;
    this.#last = item;
    this.#size += 1;
  }

  /** @returns the deleted value; undefined where the key had none */
  delete(key: string): V | undefined {
    const hash = hashOf(key);
    const slot = hash & (this.#slots.length - 1);
    let previous: Item<V> | null = null;
    let item = this.#slots[slot] ?? null;
    while (item && !(item.hash === hash && item.key === key)) {
      previous = item;
      item = item.chain;
    }
    if (!item) return undefined;
    if (previous) previous.chain = item.chain;
    else this.#slots[slot] = item.chain;
    if (item.before) item.before.after = item.after;
    else this.#first = item.after;
    if (item.after) item.after.before = item.before;
    else this.#last = item.before;
    item.chain = item.before = item.after = null;
    this.#size -= 1;
    if (this.#slots.length > FEWEST_SLOTS && this.#size < this.#slots.length / 8) this.#resize(this.#slots.length / 4);
    return item.value;
  }

  clear(): void {
    this.#slots = emptySlots(FEWEST_SLOTS);
    this.#first = this.#last = null;
    this.#size = 0;
  }

  values(): V[] {
    const values: V[] = [];
    for (let item = this.#first; item; item = item.after) values.push(item.value);
    return values;
  }

  #find(key: string, hash: number): Item<V> | null {
    let item = this.#slots[hash & (this.#slots.length - 1)] ?? null;
    while (item && !(item.hash === hash && item.key === key)) item = item.chain;
    return item;
  }

  /** @param length a power of 2 */
  #resize(length: number): void {
    this.#slots = emptySlots(length);
    for (let item = this.#first; item; item = item.after) {
      const slot = item.hash & (length - 1);
      item.chain = this.#slots[slot] ?? null;
      this.#slots[slot] = item;
    }
  }
}

function emptySlots<V extends object>(length: number): (Item<V> | null)[] {
  return new Array<Item<V> | null>(length).fill(null);
}

function hashOf(key: string): number {
  let hash = 0;
  for (let at = Math.max(0, key.length - HASHED); at < key.length; at++) {
    hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  }
  return hash ^ (hash >>> 15);
}
