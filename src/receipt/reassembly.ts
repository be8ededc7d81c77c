import { createHash } from 'node:crypto';
import type { Charset } from '../message/charset';
import type { EncodingName } from '../message/message';
import type { Delivery, Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { decodeIncoming, readIncoming } from './incoming';
import type { Concatenation, IncomingPart } from './incoming';
import { joinText } from './incoming-text';

/** An ordinary incoming message, whole or with the parts that came. `Origin` is the caller's own data about a PDU. */
export interface IncomingMessage<Origin> {
  readonly to: string;
  readonly from: string;
  /** Octets (a Buffer) where the data_coding is binary or unknown. */
  readonly text: string | Buffer;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  /** Parts the message was sent in. */
  readonly segments: number;
  /** TLVs of the PDU that came first. */
  readonly tlvs: readonly Tlv[];
  /** Origin of the PDU that came first. */
  readonly origin: Origin;
  /** Of all parts, without repeats; the numbers of missing parts are named here. */
  readonly warnings: readonly string[];
}

/** A part of a longer message, as it is kept until the message is whole. Plain data, so that a store can hold it. */
export interface OpenPart<Origin> {
  readonly delivery: Pick<
    Delivery,
    'source' | 'destination' | 'esmClass' | 'dataCoding' | 'body' | 'tlvs' | 'warnings'
  >;
  /** True where the body came as message_payload. That TLV is left out of `tlvs`, so that no octet is kept twice. */
  readonly isPayload: boolean;
  readonly origin: Origin;
}

/** Identifies a part without its octets: its number from 1, a digest of its content, and the octets of its body. */
export type PartMark = readonly [part: number, digest: string, octets: number];

/**
 * The state of a longer message that is not whole yet. Plain data, because several processes share it and it outlives
 * them.
 */
export interface OpenMessage {
  /** Marks of the parts that have come, in that order; empty once the message is whole. */
  readonly parts: readonly PartMark[];
  /**
   * Marks of the message that was given out last under this key, to know a repeat by. A platform that did not get our
   * answer sends parts again. But a handset that uses one reference for all its messages may also begin the next with
   * equal parts.
   */
  readonly told: readonly PartMark[];
}

/** The outcome of a new part: the next state, and what the caller has to do. */
export interface Added {
  readonly open: OpenMessage;
  /** The parts kept so far are not needed any more once `gives` is done. */
  readonly ends: boolean;
  /** The new part must be kept. */
  readonly keeps: boolean;
  /**
   * The message to give out. `whole`: the one that this part completes. `before`: the previous one under this key,
   * which stays incomplete.
   */
  readonly gives: 'whole' | 'before' | null;
  /**
   * Every part has come, but one of them may be a repeat from the message given out last. The message is to be given
   * out if nothing more comes within seconds.
   */
  readonly doubtful: boolean;
}

/** Octets, roughly, of one open message and of each of its marks, without the parts. */
const MESSAGE_OCTETS = 400;
const MARK_OCTETS = 60;
/** Octets, roughly, of a kept part beside its body. */
const PART_OCTETS = 400;
const MAX_KEY = 200;

/** The key that all parts of one message share, whichever bind they come by; null where the PDU is a whole message. */
export function messageKey(delivery: Delivery): string | null {
  const { concat } = readIncoming(delivery);
  if (concat === null) return null;
  const { reference, total, width } = concat;
  const key = JSON.stringify([delivery.destination.addr, delivery.source.addr, reference, total, width]);
  // An address may be as long as a PDU; no store has keys of that length.
  return key.length > MAX_KEY ? sha256(key) : key;
}

/**
 * An incoming message that is one PDU. Never throws.
 * @param charset what the platform has in the place of the GSM alphabet; null: nothing
 */
export function wholeMessage<Origin>(
  delivery: Delivery,
  origin: Origin,
  charset: Charset | null = null,
): IncomingMessage<Origin> {
  const { text, encoding, dataCoding, warnings } = decodeIncoming(delivery, charset);
  const { source, destination, tlvs } = delivery;
  return {
    to: destination.addr,
    from: source.addr,
    text,
    encoding,
    dataCoding,
    segments: 1,
    tlvs,
    origin,
    warnings: [...new Set(warnings)],
  };
}

/**
 * A part in the form that is kept. Its octets are copied: as views they would keep a socket's buffer alive for minutes.
 */
export function openPart<Origin>(delivery: Delivery, origin: Origin): OpenPart<Origin> {
  const { source, destination, esmClass, dataCoding, body, tlvs, warnings } = delivery;
  const payload = tlvs.find(({ tag, value }) => tag === TLV.messagePayload && value.equals(body));
  const others = tlvs.filter((tlv) => tlv !== payload).map(({ tag, value }) => ({ tag, value: Buffer.from(value) }));
  return {
    delivery: { source, destination, esmClass, dataCoding, body: Buffer.from(body), tlvs: others, warnings },
    isPayload: payload !== undefined,
    origin,
  };
}

/**
 * Adds a part to the open message of the same `messageKey`; `open` is null where there is none yet. Changes neither.
 */
export function addPart(open: OpenMessage | null, part: OpenPart<unknown>): Added {
  const { total } = concatOf(part);
  const mark = markOf(part);
  const { parts, told } = open ?? NOTHING;
  const known = parts.find(([number]) => number === mark[0]);
  const isKnown = known !== undefined && isSame(known, mark);
  if (known && !isIn(told, known)) {
    if (isKnown) return { open: open!, ends: false, keeps: false, gives: null, doubtful: false };
    // The same part number with another content: the reference is used again, so the old message will not become whole.
    return { open: { parts: [mark], told: parts }, ends: true, keeps: true, gives: 'before', doubtful: false };
  }
  const together = { parts: [...parts.filter((other) => other !== known), mark], told };
  const isWhole = together.parts.length === total && isNew(together);
  if (isWhole && isInOrder(together)) {
    return { open: { parts: [], told: together.parts }, ends: true, keeps: false, gives: 'whole', doubtful: false };
  }
  return { open: together, ends: false, keeps: !isKnown, gives: null, doubtful: isWhole };
}

const NOTHING: OpenMessage = { parts: [], told: [] };

/**
 * False where every part is equal to a part of the message given out last: it was sent again, by platform or sender.
 */
export function isNew({ parts, told }: OpenMessage): boolean {
  return parts.some((part) => !isIn(told, part));
}

/**
 * True where every possible repeat came in the order of its number, and so belongs to the new message. A possible
 * repeat that came before a new part with a lower number more likely was sent again by the platform: the new message's
 * own part may yet follow.
 */
function isInOrder({ parts, told }: OpenMessage): boolean {
  let repeated = 0;
  for (const part of parts) {
    if (isIn(told, part)) repeated = Math.max(repeated, part[0]);
    else if (part[0] < repeated) return false;
  }
  return true;
}

/** Octets, roughly, that an open message and its parts take in memory and in a store. */
export function octetsOf({ parts, told }: OpenMessage): number {
  const kept = parts.reduce((sum, [, , octets]) => sum + octets + PART_OCTETS, 0);
  return MESSAGE_OCTETS + (parts.length + told.length) * MARK_OCTETS + kept;
}

/**
 * Builds the message from its kept parts, whole or not. Text is joined across neighbouring parts only, not over a gap.
 * @param parts in the order they came, at least one
 * @param charset what the platform has in the place of the GSM alphabet; null: nothing
 */
export function giveOut<Origin>(
  parts: readonly OpenPart<Origin>[],
  charset: Charset | null = null,
): IncomingMessage<Origin> {
  const [{ delivery, isPayload, origin }] = parts as readonly [OpenPart<Origin>];
  const { total } = concatOf(parts[0]!);
  const byNumber = new Map(parts.map((part) => readPart(part)).map((part) => [part.concat.part, part]));
  const missing: number[] = [];
  const stretches: IncomingPart[][] = [[]];
  for (let number = 1; number <= total; number++) {
    const part = byNumber.get(number);
    if (part) stretches.at(-1)!.push(part);
    else {
      missing.push(number);
      stretches.push([]);
    }
  }
  const { text, encoding, warnings } = joinText(stretches, charset);
  const all = [...stretches.flatMap((stretch) => stretch.flatMap((part) => part.warnings)), ...warnings];
  if (missing.length > 0) all.push(`parts missing of ${String(total)}: ${missing.join(', ')}`);
  return {
    to: delivery.destination.addr,
    from: delivery.source.addr,
    text,
    encoding,
    dataCoding: stretches.flat()[0]!.dataCoding,
    segments: total,
    tlvs: isPayload ? [...delivery.tlvs, { tag: TLV.messagePayload, value: delivery.body }] : delivery.tlvs,
    origin,
    warnings: [...new Set(all)],
  };
}

/** The mark of a part: equal for two parts with the same number, data_coding, esm_class and body. */
export function markOf(part: OpenPart<unknown>): PartMark {
  const { body, dataCoding, esmClass } = part.delivery;
  const digest = createHash('sha256').update(Buffer.of(dataCoding, esmClass)).update(body).digest('base64url');
  return [concatOf(part).part, digest.slice(0, DIGEST_CHARACTERS), body.length];
}

const DIGEST_CHARACTERS = 16;

/** The number of a part in its message, from 1. */
export function partNumber(part: OpenPart<unknown>): number {
  return concatOf(part).part;
}

type Numbered = IncomingPart & { readonly concat: Concatenation };

function readPart({ delivery }: OpenPart<unknown>): Numbered {
  return readIncoming(delivery) as Numbered;
}

function concatOf(part: OpenPart<unknown>): Concatenation {
  return readPart(part).concat;
}

function isSame(a: PartMark, b: PartMark): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function isIn(known: readonly PartMark[], part: PartMark): boolean {
  return known.some((other) => isSame(other, part));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
