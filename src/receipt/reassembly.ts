import type { EncodingName } from '../message/message';
import type { Delivery, Tlv } from '../smpp/pdu';
import { decodeIncoming } from './incoming';
import type { Concatenation, IncomingPart } from './incoming';

/** An ordinary incoming message, whole, or what came of it. `Origin` is the caller's, one for each PDU. */
export interface IncomingMessage<Origin> {
  readonly to: string;
  readonly from: string;
  readonly text: string | Buffer;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  /** Parts the message was sent in. */
  readonly segments: number;
  /** Of the PDU that came first. */
  readonly tlvs: readonly Tlv[];
  /** Of the PDU that came first. */
  readonly origin: Origin;
  /** Of the parts that came, in their order; empty where the message is one PDU. */
  readonly parts: readonly Origin[];
  /** Names the parts that are missing, if any are. */
  readonly warnings: readonly string[];
}

/** What became of a PDU. */
export interface Added<Origin> {
  /** To be told to the flow now: the message that is whole with it, or an older one that had to give way incomplete. */
  readonly message: IncomingMessage<Origin> | null;
  /** Where the PDU is a part: its origin, or that of the same part that came before. Null where it is a whole message. */
  readonly part: Origin | null;
}

interface OpenPart<Origin> extends IncomingPart {
  readonly origin: Origin;
}

interface OpenMessage<Origin> {
  readonly first: Pick<IncomingMessage<Origin>, 'to' | 'from' | 'tlvs' | 'origin'>;
  readonly total: number;
  /** By part number. */
  readonly parts: Map<number, OpenPart<Origin>>;
  readonly expiresAt: number;
}

/**
 * Puts long incoming messages together, whichever bind their parts come by. Pure: the caller brings the time
 * (any unit, the same everywhere). A completed message is remembered until its time limit, so that a part which
 * the platform sends again is not taken for a new message.
 */
export class Reassembly<Origin> {
  readonly #timeLimit: number;
  readonly #maxOpen: number;
  /** In the order of their first parts, and so of their expiry. */
  readonly #open = new Map<string, OpenMessage<Origin>>();

  /** `timeLimit` from a message's first part on; `maxOpen` messages are kept, beyond that the oldest is given out as it is. */
  constructor(timeLimit: number, maxOpen: number) {
    this.#timeLimit = timeLimit;
    this.#maxOpen = maxOpen;
  }

  /** Takes an ordinary incoming message or a part of one. A repeated part changes nothing. */
  add(delivery: Delivery, origin: Origin, now: number): Added<Origin> {
    const part = decodeIncoming(delivery);
    const first = { to: delivery.destination.addr, from: delivery.source.addr, tlvs: delivery.tlvs, origin };
    if (part.concat === null) return { message: assemble(first, [part], [], 1), part: null };
    const key = keyOf(delivery, part.concat);
    const open = this.#open.get(key);
    const known = open?.parts.get(part.concat.part);
    if (open !== undefined && known === undefined) {
      open.parts.set(part.concat.part, { ...part, origin });
      return { message: isWhole(open) ? giveOut(open) : null, part: origin };
    }
    if (known !== undefined && sameText(known.text, part.text)) return { message: null, part: known.origin };
    // The same part with another text: the sender's references have come round.
    const replaced = open === undefined ? this.#makeRoom() : this.#take(key, open);
    this.#open.set(key, {
      // The delivery's TLVs are views of a socket's buffer, which they must not keep alive for minutes.
      first: { ...first, tlvs: delivery.tlvs.map(({ tag, value }) => ({ tag, value: Buffer.from(value) })) },
      total: part.concat.total,
      parts: new Map([[part.concat.part, { ...part, origin }]]),
      expiresAt: now + this.#timeLimit,
    });
    return { message: replaced, part: origin };
  }

  /** Messages whose time limit is over at `now`, with the parts that came. */
  expire(now: number): IncomingMessage<Origin>[] {
    const messages: IncomingMessage<Origin>[] = [];
    for (const [key, open] of this.#open) {
      if (open.expiresAt > now) break;
      const message = this.#take(key, open);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  #makeRoom(): IncomingMessage<Origin> | null {
    if (this.#open.size < this.#maxOpen) return null;
    for (const [key, open] of this.#open) return this.#take(key, open);
    return null;
  }

  /** Forgets it; null where the flow has had it already. */
  #take(key: string, open: OpenMessage<Origin>): IncomingMessage<Origin> | null {
    this.#open.delete(key);
    return isWhole(open) ? null : giveOut(open);
  }
}

function keyOf(delivery: Delivery, { reference, total, width }: Concatenation): string {
  return [delivery.destination.addr, delivery.source.addr, reference, total, width].join('\0');
}

function isWhole<Origin>(open: OpenMessage<Origin>): boolean {
  return open.parts.size === open.total;
}

function giveOut<Origin>({ first, parts, total }: OpenMessage<Origin>): IncomingMessage<Origin> {
  const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
  const origins = inOrder.map(({ origin }) => origin);
  const message = assemble(first, inOrder, origins, total);
  if (parts.size === total) return message;
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter((number) => !parts.has(number));
  return { ...message, warnings: [...message.warnings, `parts missing of ${String(total)}: ${missing.join(', ')}`] };
}

function assemble<Origin>(
  first: OpenMessage<Origin>['first'],
  decoded: readonly IncomingPart[],
  parts: readonly Origin[],
  segments: number,
): IncomingMessage<Origin> {
  const texts = decoded.map(({ text }) => text);
  const { encoding, dataCoding } = decoded[0]!;
  return {
    ...first,
    parts,
    text: texts.every((text) => typeof text === 'string') ? texts.join('') : Buffer.concat(texts.map(octetsOf)),
    encoding,
    dataCoding,
    segments,
    warnings: [...new Set(decoded.flatMap(({ warnings }) => warnings))],
  };
}

/** Text parts of a message that has binary ones too go along as UTF-8. */
function octetsOf(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : text;
}

function sameText(a: string | Buffer, b: string | Buffer): boolean {
  return typeof a === 'string' ? a === b : typeof b !== 'string' && a.equals(b);
}
