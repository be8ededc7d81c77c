import type { Submit } from './submit';
import { submitText, textOctets, tlvsInHex } from './submit';
import { decodeText } from './alphabet';

/**
 * Most messages in the log, and most deliveries that wait for a bind. Older ones are dropped, to bound the memory of a
 * long run.
 */
export const REMEMBERED = 100_000;

/** A whole message as `GET /messages` shows it. */
export interface Message {
  /** The message id of the segment that came first. */
  readonly id: string;
  readonly systemId: string;
  /** Number of the server that took its first segment, from 1. */
  readonly server: number;
  /** When its first segment came, ISO 8601 in UTC. */
  readonly at: string;
  readonly to: string;
  readonly from: string;
  /** The text of the segments that have come; hex where the message is binary. */
  readonly text: string;
  readonly dataCoding: number;
  /** How many segments it has, whether or not all have come. */
  readonly segments: number;
  /** Message ids of the segments that have come, in the order of the text. */
  readonly messageIds: readonly string[];
  /** Optional parameters of the first segment in the text: values in hex, by tags of four hex digits. */
  readonly tlvs: Readonly<Record<string, string>>;
  /** Every receipt sent for it, in order. */
  readonly receipts: readonly { readonly at: string; readonly server: number; readonly text: string }[];
}

/** One accepted submit, and the message it belongs to. */
export interface Segment {
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Replaced by a replace_sm. */
  submit: Submit;
  readonly message: StoredMessage;
}

/** A message with the segments and receipts so far. Its text is decoded only when somebody asks. */
export class StoredMessage {
  readonly #segments: (Segment | undefined)[];
  readonly #receipts: { readonly at: number; readonly server: number; readonly text: string }[] = [];
  #missing: number;
  #first: Segment | undefined;

  constructor(
    readonly systemId: string,
    readonly server: number,
    /** The key that all its segments share; null for a message of one segment. */
    readonly key: string | null,
    total: number,
  ) {
    this.#segments = new Array<Segment | undefined>(total);
    this.#missing = total;
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  has(index: number): boolean {
    return this.#segments[index] !== undefined;
  }

  add(index: number, segment: Segment): void {
    this.#segments[index] = segment;
    this.#first ??= segment;
    this.#missing -= 1;
  }

  addReceipt(at: number, server: number, text: string): void {
    this.#receipts.push({ at, server, text });
  }

  get text(): string {
    const parts = this.#present();
    const first = parts[0]!.submit;
    if (parts.length === 1) return submitText(first);
    return decodeText(Buffer.concat(parts.map(({ submit }) => textOctets(submit))), first.alphabet);
  }

  view(): Message {
    const parts = this.#present();
    const { submit } = parts[0]!;
    const first = this.#first!;
    return {
      id: first.messageId,
      systemId: this.systemId,
      server: this.server,
      at: new Date(first.at).toISOString(),
      to: submit.to,
      from: submit.from,
      text: this.text,
      dataCoding: submit.dataCoding,
      segments: this.#segments.length,
      messageIds: parts.map(({ messageId }) => messageId),
      tlvs: tlvsInHex(submit),
      receipts: this.#receipts.map((receipt) => ({ ...receipt, at: new Date(receipt.at).toISOString() })),
    };
  }

  #present(): Segment[] {
    return this.#segments.filter((segment) => segment !== undefined);
  }
}

/** The latest messages. Segments are joined as on a handset: by account, addresses, reference and total. */
export class MessageLog {
  #ring: StoredMessage[] = [];
  #oldest = 0;
  readonly #segmented = new Map<string, StoredMessage>();

  add(systemId: string, server: number, messageId: string, submit: Submit): Segment {
    const place = submit.concatenation;
    const message = place ? this.#joined(systemId, server, submit) : this.#remember(systemId, server, null, 1);
    const segment: Segment = { messageId, at: Date.now(), submit, message };
    message.add(place ? place.sequence - 1 : 0, segment);
    return segment;
  }

  /** The newest `last` messages, from the oldest to the newest. */
  views(last = REMEMBERED): Message[] {
    const inOrder = [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
    return inOrder.slice(Math.max(0, inOrder.length - last)).map((message) => message.view());
  }

  clear(): void {
    this.#ring = [];
    this.#oldest = 0;
    this.#segmented.clear();
  }

  #joined(systemId: string, server: number, submit: Submit): StoredMessage {
    const { reference, total, sequence } = submit.concatenation!;
    const key = `${systemId}|${submit.from}|${submit.to}|${reference}|${total}`;
    const known = this.#segmented.get(key);
    // A segment that is already there starts a new message: references are used again.
    if (known && !known.has(sequence - 1)) return known;
    const message = this.#remember(systemId, server, key, total);
    this.#segmented.set(key, message);
    return message;
  }

  #remember(systemId: string, server: number, key: string | null, total: number): StoredMessage {
    const message = new StoredMessage(systemId, server, key, total);
    if (this.#ring.length < REMEMBERED) {
      this.#ring.push(message);
      return message;
    }
    const forgotten = this.#ring[this.#oldest]!;
    if (forgotten.key !== null && this.#segmented.get(forgotten.key) === forgotten) {
      this.#segmented.delete(forgotten.key);
    }
    this.#ring[this.#oldest] = message;
    this.#oldest = (this.#oldest + 1) % REMEMBERED;
    return message;
  }
}
