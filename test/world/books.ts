import type { Copy } from './platform';
import type { FromHandset, Receipt } from './receipts';

/** An outcome as a flow heard it. */
export interface Told {
  readonly at: number;
  /** Number of the process, from 1. */
  readonly life: number;
  readonly kind: string;
  readonly id: string;
  readonly code: string | null;
  readonly possibleDuplicate: boolean;
  readonly messageIds: readonly string[];
  readonly warnings: readonly string[];
}

/** A delivery report as a flow heard it. */
export interface Reported {
  readonly at: number;
  readonly life: number;
  readonly scope: 'message' | 'segment';
  readonly state: string;
  readonly segment: number | null;
  readonly warnings: readonly string[];
  readonly raw: string | null;
}

/** What is known of one text to one recipient. */
export interface Entry {
  readonly key: string;
  readonly tag: string;
  readonly to: string;
  /** Id of the node it was given to. */
  readonly node: string;
  readonly givenAt: number;
  /** Number of the process that it was given to, from 1. */
  readonly life: number;
  readonly urgent: boolean;
  /** The flow made a mistake: nothing may be sent. */
  readonly invalid: boolean;
  /** When the disk had it for sure; null while it did not. */
  durableAt: number | null;
  readonly told: Told[];
  readonly copies: Copy[];
  readonly receipts: Receipt[];
  readonly reported: Reported[];
}

/** A message of a handset. */
export interface Incoming {
  readonly tag: string;
  readonly parts: FromHandset[];
  readonly heard: { readonly at: number; readonly life: number; readonly text: string }[];
}

/** Something that must never be. */
export interface Breach {
  /** The broken rule in words. */
  readonly rule: string;
  /** What was found. */
  readonly words: string;
  /** Key of the message concerned; null where there is none. */
  readonly key: string | null;
  readonly at: number;
}

/** A process of Node-RED from start to end. */
export interface Life {
  readonly from: number;
  to: number;
  /** True where it was killed. */
  killed: boolean;
}

const TAG = /w\d+\./;

/** The checker's own books: what flows gave and heard, and what the platform saw. It shares no code with the product. */
export class Books {
  readonly entries = new Map<string, Entry>();
  readonly incoming = new Map<string, Incoming>();
  readonly #byTag = new Map<string, Entry[]>();
  /** Long messages by what their parts have in common. */
  readonly #bySeries = new Map<string, Entry>();
  readonly lives: Life[] = [];
  /** Moments at which a commit failed. */
  readonly diskFailures: number[] = [];
  readonly breaches: Breach[] = [];
  /** Messages without an outcome yet. */
  open = 0;

  get life(): number {
    return this.lives.length;
  }

  breach(rule: string, words: string, key: string | null, at: number): void {
    this.breaches.push({ rule, words, key, at });
  }

  given(entry: Pick<Entry, 'tag' | 'to' | 'node' | 'urgent' | 'invalid'>, at: number): void {
    const { tag, to, node, urgent, invalid } = entry;
    const made: Entry = {
      ...{ key: keyOf(tag, to), tag, to, node, urgent, invalid, givenAt: at, life: this.life, durableAt: null },
      ...{ told: [], copies: [], receipts: [], reported: [] },
    };
    this.entries.set(made.key, made);
    const others = this.#byTag.get(tag);
    if (others) others.push(made);
    else this.#byTag.set(tag, [made]);
    this.open += 1;
  }

  of(tag: string, to: string): Entry | undefined {
    return this.entries.get(keyOf(tag, to));
  }

  /** The message that a submit belongs to. The last part of a long text may be too short to name it. */
  ofSubmit({ submit: { words, to, part } }: Copy): Entry | undefined {
    const tag = TAG.exec(words)?.[0];
    const series = part && `${to} ${String(part.reference)} ${String(part.total)}`;
    if (tag === undefined) return series === null ? undefined : this.#bySeries.get(series);
    const entry = this.of(tag, to);
    if (series !== null && entry) this.#bySeries.set(series, entry);
    return entry;
  }

  /** The disk has these octets: the messages whose texts are in them survive whatever comes. */
  committed(octets: readonly Buffer[], at: number): void {
    for (const one of octets) {
      for (const [tag] of one.toString('latin1').matchAll(/w\d+\./g)) {
        for (const entry of this.#byTag.get(tag) ?? []) entry.durableAt ??= at;
      }
    }
  }
}

export function keyOf(tag: string, to: string): string {
  return `${tag}>${to}`;
}
