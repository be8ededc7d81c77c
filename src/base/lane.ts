/** A double-ended queue: what an operation at either end costs does not grow with its length. */
export class Lane<T extends object> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  unshift(item: T): void {
    if (this.#head === 0) this.#makeRoom();
    this.#items[--this.#head] = item;
  }

  /** Inserts before the first item, from the front, for which `follows` is true; at the end where there is none. */
  insert(item: T, follows: (other: T) => boolean): void {
    this.unshift(item);
    const items = this.#items;
    for (let at = this.#head; at + 1 < items.length && !follows(items[at + 1]!); at++) {
      items[at] = items[at + 1];
      items[at + 1] = item;
    }
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** The first fitting item among the first `limit` items. */
  find(fits: (item: T) => boolean, limit: number): T | undefined {
    const end = Math.min(this.#items.length, this.#head + limit);
    for (let at = this.#head; at < end; at++) if (fits(this.#items[at]!)) return this.#items[at];
    return undefined;
  }

  delete(item: T): boolean {
    if (item === this.first) return this.shift() !== undefined;
    const at = this.#items.indexOf(item, this.#head);
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  /** Takes out the unwanted items and returns them in order. */
  remove(unwanted: (item: T) => boolean): T[] {
    const removed: T[] = [];
    const kept: T[] = [];
    for (const item of this) (unwanted(item) ? removed : kept).push(item);
    if (removed.length > 0) {
      this.#items = kept;
      this.#head = 0;
    }
    return removed;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at]!;
  }

  /** Makes room in front for many items, because items are often given back many at a time. */
  #makeRoom(): void {
    const room = Math.max(64, this.#items.length);
    this.#items = [...new Array<undefined>(room), ...this.#items];
    this.#head = room;
  }
}
