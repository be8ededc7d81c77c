import type { PartialMessage } from './store';

/** Longer incoming messages of which parts have come, of a store that one process has to itself. */
export class Partials {
  readonly #all = new Map<string, PartialMessage>();

  find(key: string): PartialMessage | null {
    return this.#all.get(key) ?? null;
  }

  /** @returns false where it was not as it was `before` */
  save(partial: PartialMessage, before: PartialMessage | null): boolean {
    if (this.find(partial.key) !== before) return false;
    this.#all.set(partial.key, partial);
    return true;
  }

  /** It could not be stored. */
  undo(partial: PartialMessage, before: PartialMessage | null): void {
    const { key } = partial;
    if (this.find(key) !== partial) return;
    if (before) this.#all.set(key, before);
    else this.#all.delete(key);
  }

  /** Those whose time is over, and the oldest where there are more than `most`. */
  due(now: number, most: number): PartialMessage[] {
    const oldest = [...this.#all.values()].sort((a, b) => a.expiresAt - b.expiresAt);
    return oldest.filter(({ expiresAt }, index) => expiresAt <= now || index < oldest.length - most);
  }

  /** @returns false where it is another by now */
  forget(partial: PartialMessage): boolean {
    return this.find(partial.key) === partial && this.#all.delete(partial.key);
  }
}
