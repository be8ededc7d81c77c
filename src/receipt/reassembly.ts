import { createHash } from 'node:crypto';
import type { EncodingName } from '../message/message';
import type { Delivery, Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { decodeIncoming, readIncoming } from './incoming';
import type { Concatenation, IncomingPart } from './incoming';
import { joinText } from './incoming-text';

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
  /** Names the parts that are missing, if any are. */
  readonly warnings: readonly string[];
}

/** A PDU that is a part of a longer message, as it is kept until that is whole. Plain data with no octet twice. */
export interface OpenPart<Origin> {
  readonly delivery: Pick<
    Delivery,
    'source' | 'destination' | 'esmClass' | 'dataCoding' | 'body' | 'tlvs' | 'warnings'
  >;
  /** The body came as message_payload, which is left out of `tlvs`. */
  readonly isPayload: boolean;
  readonly origin: Origin;
}

/** What tells a part from others, so that the part itself need not be read. */
export type PartMark = readonly [part: number, digest: string, octets: number];

/** What is known of a longer message of which parts have come. Plain data: parts may come to several processes, and it outlives them. */
export interface OpenMessage {
  /** Those that are kept, in the order they came. None once it is whole. */
  readonly parts: readonly PartMark[];
  /**
   * Of the message that was given out last. A platform that did not hear our answer sends parts again; and handsets that use one
   * reference for all they send begin the next message with parts that may be the same.
   */
  readonly told: readonly PartMark[];
}

/** What is to be done about a part that has come. */
export interface Added {
  readonly open: OpenMessage;
  /** What is kept of it so far is not needed any more. */
  readonly ends: boolean;
  /** The part is to be kept. */
  readonly keeps: boolean;
  /** To be given out: the message that is whole with this part, or the one before, which stays incomplete. */
  readonly gives: 'whole' | 'before' | null;
  /** It is whole if a part of it is not the repeat that it may be; to be given out if nothing more comes within seconds. */
  readonly doubtful: boolean;
}

/** Octets that every message and every mark of a part takes, roughly, beside the parts. */
const MESSAGE_OCTETS = 400;
const MARK_OCTETS = 60;
/** Octets that a part takes beside its body. */
const PART_OCTETS = 400;
const MAX_KEY = 200;

/** What the parts of one message have in common, whichever bind they come by; null where the PDU is a whole message. */
export function messageKey(delivery: Delivery): string | null {
  const { concat } = readIncoming(delivery);
  if (concat === null) return null;
  const { reference, total, width } = concat;
  const key = JSON.stringify([delivery.destination.addr, delivery.source.addr, reference, total, width]);
  // An address may be as long as a PDU; no store has keys of that length.
  return key.length > MAX_KEY ? sha256(key) : key;
}

/** A message that is one PDU. */
export function wholeMessage<Origin>(delivery: Delivery, origin: Origin): IncomingMessage<Origin> {
  const { text, encoding, dataCoding, warnings } = decodeIncoming(delivery);
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

/** A PDU as it is kept: a copy, for its octets are views of a socket's buffer, which they must not keep alive for minutes. */
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

/** Takes a part, of the same key as the others. */
export function addPart(open: OpenMessage | null, part: OpenPart<unknown>): Added {
  const { total } = concatOf(part);
  const mark = markOf(part);
  const { parts, told } = open ?? NOTHING;
  const known = parts.find(([number]) => number === mark[0]);
  const isKnown = known !== undefined && isSame(known, mark);
  if (known && !isIn(told, known)) {
    if (isKnown) return { open: open!, ends: false, keeps: false, gives: null, doubtful: false };
    // Another text under a reference that is in use: that message will not become whole any more.
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

/** False where all that came of it are parts of the message that was given out: they came again, or the same was said again. */
export function isNew({ parts, told }: OpenMessage): boolean {
  return parts.some((part) => !isIn(told, part));
}

/**
 * A part that may be a repeat belongs to the new message where it came in its order. One that came before a new part with a lower
 * number more likely is what the platform sent again: another may yet come in its place.
 */
function isInOrder({ parts, told }: OpenMessage): boolean {
  let repeated = 0;
  for (const part of parts) {
    if (isIn(told, part)) repeated = Math.max(repeated, part[0]);
    else if (part[0] < repeated) return false;
  }
  return true;
}

/** Octets that it takes in memory and in a store. */
export function octetsOf({ parts, told }: OpenMessage): number {
  const kept = parts.reduce((sum, [, , octets]) => sum + octets + PART_OCTETS, 0);
  return MESSAGE_OCTETS + (parts.length + told.length) * MARK_OCTETS + kept;
}

/**
 * The message of parts that were kept.
 * @param parts in the order they came; never none
 */
export function giveOut<Origin>(parts: readonly OpenPart<Origin>[]): IncomingMessage<Origin> {
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
  const { text, encoding, warnings } = joinText(stretches);
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

/** By which a part is known again, without the part. */
export function markOf(part: OpenPart<unknown>): PartMark {
  const { body, dataCoding, esmClass } = part.delivery;
  const digest = createHash('sha256').update(Buffer.of(dataCoding, esmClass)).update(body).digest('base64url');
  return [concatOf(part).part, digest.slice(0, DIGEST_CHARACTERS), body.length];
}

const DIGEST_CHARACTERS = 16;

/** The number of the part. */
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
