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
  /** Names the parts that are missing, if any are. */
  readonly warnings: readonly string[];
}

/** A PDU that is a part of a longer message. */
export interface OpenPart<Origin> {
  readonly delivery: Delivery;
  readonly origin: Origin;
}

/** A longer message of which parts have come. Plain data: parts may come to several processes, and it outlives them. */
export interface OpenMessage<Origin> {
  /** In the order they came; never none. */
  readonly parts: readonly OpenPart<Origin>[];
  /** It was given out; kept so that a part which the platform sends again is not taken for a new message. */
  readonly told: boolean;
}

/** What became of a part. */
export interface Added<Origin> {
  /** The message as it is now; the same object where the part had come before. */
  readonly open: OpenMessage<Origin>;
  /** To be told to the flow: the message that is whole with it, or the one before of the same reference, which stays incomplete. */
  readonly message: IncomingMessage<Origin> | null;
}

/** What the parts of one message have in common, whichever bind they come by; null where the PDU is a whole message. */
export function messageKey(delivery: Delivery): string | null {
  const { concat } = decodeIncoming(delivery);
  if (concat === null) return null;
  const { reference, total, width } = concat;
  return JSON.stringify([delivery.destination.addr, delivery.source.addr, reference, total, width]);
}

/** A message that is one PDU. */
export function wholeMessage<Origin>(delivery: Delivery, origin: Origin): IncomingMessage<Origin> {
  return assemble({ delivery, origin }, [decodeIncoming(delivery)], 1);
}

/** Takes a part, of the same key as the others. A repeat changes nothing. */
export function addPart<Origin>(open: OpenMessage<Origin> | null, part: OpenPart<Origin>): Added<Origin> {
  const { concat, text } = decodePart(part);
  const decoded = (open?.parts ?? []).map(decodePart);
  const known = decoded.find((other) => other.concat.part === concat.part);
  if (open && known && sameText(known.text, text)) return { open, message: null };
  // The same part with another text: the sender's references have come round. And what was given out incomplete stays so.
  if (!open || known || open.told) return { open: { parts: [part], told: false }, message: open && giveOut(open) };
  const added = { parts: [...open.parts, part], told: false };
  return added.parts.length === concat.total
    ? { open: { ...added, told: true }, message: giveOut(added) }
    : { open: added, message: null };
}

/** What came of it; null where the flow has had it already. */
export function giveOut<Origin>({ parts, told }: OpenMessage<Origin>): IncomingMessage<Origin> | null {
  if (told) return null;
  const inOrder = parts.map(decodePart).sort((a, b) => a.concat.part - b.concat.part);
  const { total } = inOrder[0]!.concat;
  const message = assemble(parts[0]!, inOrder, total);
  const known = new Set(inOrder.map(({ concat }) => concat.part));
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter((number) => !known.has(number));
  if (missing.length === 0) return message;
  return { ...message, warnings: [...message.warnings, `parts missing of ${String(total)}: ${missing.join(', ')}`] };
}

function decodePart({ delivery }: OpenPart<unknown>): IncomingPart & { readonly concat: Concatenation } {
  return decodeIncoming(delivery) as IncomingPart & { readonly concat: Concatenation };
}

function assemble<Origin>(
  { delivery, origin }: OpenPart<Origin>,
  decoded: readonly IncomingPart[],
  segments: number,
): IncomingMessage<Origin> {
  const texts = decoded.map(({ text }) => text);
  const { encoding, dataCoding } = decoded[0]!;
  return {
    to: delivery.destination.addr,
    from: delivery.source.addr,
    tlvs: delivery.tlvs,
    origin,
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
