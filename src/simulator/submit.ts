import type { Alphabet } from './alphabet';
import { alphabetOf, decodeText } from './alphabet';
import { COMMAND } from './command';
import { check, readOrRefuse, refuse } from './fields';
import { STATUS } from './status';

/** Place of a segment in its long message. */
export interface Concatenation {
  readonly reference: number;
  readonly total: number;
  /** From 1. */
  readonly sequence: number;
}

/** One checked submit_sm or data_sm. Text and TLVs stay in `frame` and are decoded only when somebody asks. */
export interface Submit {
  readonly frame: Buffer;
  readonly sourceTon: number;
  readonly sourceNpi: number;
  readonly from: string;
  readonly destinationTon: number;
  readonly destinationNpi: number;
  readonly to: string;
  readonly registeredDelivery: number;
  readonly dataCoding: number;
  readonly alphabet: Alphabet;
  /** Offsets of short_message or message_payload in the frame, a user data header included. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Octets of the user data header at the start of the body, 0 = none. */
  readonly headerLength: number;
  readonly concatenation: Concatenation | null;
  /** Offset of the optional parameters, which reach to the end of the frame. */
  readonly tlvStart: number;
}

const HEADER = 16;
const UDH_INDICATOR = 0x40;
const MAX_SHORT_MESSAGE = 254;
/** What one SMS holds: 160 septets, or 140 octets in any other alphabet; a user data header included. */
const MAX_SEPTETS = 160;
const MAX_OCTETS = 140;
const MAX_ADDRESS = 20;
const MAX_ALPHANUMERIC = 11;
const MAX_SERVICE_TYPE = 5;
const MAX_PRIORITY = 3;
const MAX_TON = 6;
const ALPHANUMERIC_TON = 5;
const NUMBERING_PLANS = new Set([0, 1, 3, 4, 6, 8, 9, 10, 14, 18]);
const DIGITS = /^\d{1,20}$/;
/** YYMMDDhhmmss, tenths, quarter hours, and the sign of the offset or R for relative (SMPP 3.4 section 7.1.1). */
const TIME = /^\d{15}[-+R]$/;

const TAG = { sarReference: 0x020c, sarTotal: 0x020e, sarSequence: 0x020f, messagePayload: 0x0424 } as const;

/**
 * Reads and checks a submit_sm or data_sm (SMPP 3.4 sections 4.4.1 and 4.7.1) the way the platform does.
 * By hand and lazily, because the 10 µs a PDU of the codec would make the simulator the bottleneck of a load test.
 * @returns the submit, or the command_status to refuse it with where a field is wrong.
 */
export function readSubmit(frame: Buffer, tlvsAllowed: boolean): Submit | number {
  return readOrRefuse(() => read(frame, tlvsAllowed));
}

function read(frame: Buffer, tlvsAllowed: boolean): Submit {
  const isDataSm = frame.readUInt32BE(4) === COMMAND.dataSm;
  const serviceTypeEnd = stringEnd(frame, HEADER);
  check(serviceTypeEnd - HEADER <= MAX_SERVICE_TYPE, STATUS.serviceType);
  const source = serviceTypeEnd + 1;
  const sourceEnd = stringEnd(frame, source + 2);
  const destination = sourceEnd + 1;
  const destinationEnd = stringEnd(frame, destination + 2);
  const from = frame.toString('latin1', source + 2, sourceEnd);
  const to = frame.toString('latin1', destination + 2, destinationEnd);
  checkSource(frame[source]!, frame[source + 1]!, from);
  checkDestination(frame[destination]!, frame[destination + 1]!, to);

  const flags = destinationEnd + 1;
  const rest = isDataSm ? readDataSm(frame, flags) : readSubmitSm(frame, flags);
  check((rest.registeredDelivery & 3) !== 3, STATUS.registeredDelivery);
  const alphabet = alphabetOf(rest.dataCoding) ?? refuse(STATUS.dataCoding);
  check(tlvsAllowed || rest.tlvStart === frame.length, STATUS.tlvNotAllowed);

  const optional = readOptional(frame, rest.tlvStart);
  const inPayload = rest.bodyStart === rest.bodyEnd && optional.payloadEnd > 0;
  const bodyStart = inPayload ? optional.payloadStart : rest.bodyStart;
  const bodyEnd = inPayload ? optional.payloadEnd : rest.bodyEnd;
  const headerLength = rest.esmClass & UDH_INDICATOR && bodyEnd > bodyStart ? frame[bodyStart]! + 1 : 0;
  check(headerLength <= bodyEnd - bodyStart, STATUS.messageLength);
  // The platform itself cuts the message_payload of a submit_sm. Every other body must fit one SMS.
  check(
    (inPayload && !isDataSm) || fitsOneSms(alphabet, bodyEnd - bodyStart - headerLength, headerLength),
    STATUS.messageLength,
  );
  return {
    frame,
    sourceTon: frame[source]!,
    sourceNpi: frame[source + 1]!,
    from,
    destinationTon: frame[destination]!,
    destinationNpi: frame[destination + 1]!,
    to,
    registeredDelivery: rest.registeredDelivery,
    dataCoding: rest.dataCoding,
    alphabet,
    bodyStart,
    bodyEnd,
    headerLength,
    concatenation: headerLength > 0 ? readHeader(frame, bodyStart, headerLength) : optional.concatenation,
    tlvStart: rest.tlvStart,
  };
}

/** The fields that submit_sm and data_sm have at different places. */
interface Rest {
  readonly esmClass: number;
  readonly registeredDelivery: number;
  readonly dataCoding: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly tlvStart: number;
}

function readSubmitSm(frame: Buffer, start: number): Rest {
  check(octet(frame, start + 2) <= MAX_PRIORITY, STATUS.priorityFlag);
  const schedule = start + 3;
  const scheduleEnd = stringEnd(frame, schedule);
  checkTime(frame, schedule, scheduleEnd, STATUS.schedule);
  const validity = scheduleEnd + 1;
  const validityEnd = stringEnd(frame, validity);
  checkTime(frame, validity, validityEnd, STATUS.validity);
  const flags = validityEnd + 1;
  const bodyStart = flags + 5;
  const length = octet(frame, flags + 4);
  check(frame[flags + 1]! <= 1, STATUS.replaceFlag);
  check(frame[flags + 3] === 0, STATUS.predefinedMessage);
  check(length <= MAX_SHORT_MESSAGE, STATUS.messageLength);
  check(bodyStart + length <= frame.length, STATUS.commandLength);
  return {
    esmClass: frame[start]!,
    registeredDelivery: frame[flags]!,
    dataCoding: frame[flags + 2]!,
    bodyStart,
    bodyEnd: bodyStart + length,
    tlvStart: bodyStart + length,
  };
}

function readDataSm(frame: Buffer, start: number): Rest {
  const end = start + 3;
  check(end <= frame.length, STATUS.commandLength);
  return {
    esmClass: frame[start]!,
    registeredDelivery: frame[start + 1]!,
    dataCoding: frame[start + 2]!,
    bodyStart: end,
    bodyEnd: end,
    tlvStart: end,
  };
}

interface Optional {
  payloadStart: number;
  payloadEnd: number;
  concatenation: Concatenation | null;
}

const NO_OPTIONAL: Readonly<Optional> = { payloadStart: 0, payloadEnd: 0, concatenation: null };

function readOptional(frame: Buffer, tlvStart: number): Readonly<Optional> {
  if (tlvStart === frame.length) return NO_OPTIONAL;
  const found: Optional = { payloadStart: 0, payloadEnd: 0, concatenation: null };
  let reference = -1;
  let total = 0;
  let sequence = 0;
  for (let at = tlvStart; at < frame.length;) {
    check(at + 4 <= frame.length, STATUS.tlvStream);
    const tag = frame.readUInt16BE(at);
    const start = at + 4;
    at = start + frame.readUInt16BE(at + 2);
    check(at <= frame.length, STATUS.tlvStream);
    if (tag === TAG.messagePayload) {
      found.payloadStart = start;
      found.payloadEnd = at;
    } else if (tag === TAG.sarReference) {
      check(at - start === 2, STATUS.tlvLength);
      reference = frame.readUInt16BE(start);
    } else if (tag === TAG.sarTotal) {
      check(at - start === 1, STATUS.tlvLength);
      total = frame[start]!;
    } else if (tag === TAG.sarSequence) {
      check(at - start === 1, STATUS.tlvLength);
      sequence = frame[start]!;
    }
  }
  found.concatenation = concatenation(reference, total, sequence);
  return found;
}

/** The concatenation of a user data header: its elements 0x00 and 0x08 (3GPP TS 23.040 section 9.2.3.24). */
function readHeader(frame: Buffer, start: number, length: number): Concatenation | null {
  const end = start + length;
  for (let at = start + 1; at + 2 <= end; at += 2 + frame[at + 1]!) {
    const id = frame[at]!;
    const size = frame[at + 1]!;
    if (at + 2 + size > end) return null;
    if (id === 0x00 && size === 3) return concatenation(frame[at + 2]!, frame[at + 3]!, frame[at + 4]!);
    if (id === 0x08 && size === 4) return concatenation(frame.readUInt16BE(at + 2), frame[at + 4]!, frame[at + 5]!);
  }
  return null;
}

function concatenation(reference: number, total: number, sequence: number): Concatenation | null {
  return reference >= 0 && total > 1 && sequence > 0 && sequence <= total ? { reference, total, sequence } : null;
}

export function fitsOneSms(alphabet: Alphabet, octets: number, headerOctets: number): boolean {
  return alphabet === 'gsm'
    ? octets + Math.ceil((headerOctets * 8) / 7) <= MAX_SEPTETS
    : octets + headerOctets <= MAX_OCTETS;
}

function checkSource(ton: number, npi: number, from: string): void {
  check(ton <= MAX_TON, STATUS.sourceTon);
  check(NUMBERING_PLANS.has(npi), STATUS.sourceNpi);
  check(from.length <= (ton === ALPHANUMERIC_TON ? MAX_ALPHANUMERIC : MAX_ADDRESS), STATUS.sourceAddress);
}

function checkDestination(ton: number, npi: number, to: string): void {
  check(ton <= MAX_TON, STATUS.destinationTon);
  check(NUMBERING_PLANS.has(npi), STATUS.destinationNpi);
  check(DIGITS.test(to), STATUS.destinationAddress);
}

/** An absolute or relative time, or none, between these offsets. */
export function checkTime(frame: Buffer, start: number, end: number, status: number): void {
  check(start === end || TIME.test(frame.toString('latin1', start, end)), status);
}

/** Offset of the NUL that ends the string at `start`. */
export function stringEnd(frame: Buffer, start: number): number {
  const end = frame.indexOf(0, start);
  check(end >= start, STATUS.commandLength);
  return end;
}

export function octet(frame: Buffer, at: number): number {
  return frame[at] ?? refuse(STATUS.commandLength);
}

/** The octets of the text, without a user data header. */
export function textOctets(submit: Submit): Buffer {
  return submit.frame.subarray(submit.bodyStart + submit.headerLength, submit.bodyEnd);
}

export function submitText(submit: Submit): string {
  return decodeText(textOctets(submit), submit.alphabet);
}

/** The submit with another text, as replace_sm changes it: its other fields and optional parameters stay. */
export function withText(submit: Submit, text: Buffer, registeredDelivery: number): Submit {
  const { frame, tlvStart: bodyStart } = submit;
  const bodyEnd = bodyStart + text.length;
  return {
    ...submit,
    frame: Buffer.concat([frame.subarray(0, bodyStart), text, withoutPayload(submit)]),
    registeredDelivery,
    bodyStart,
    bodyEnd,
    tlvStart: bodyEnd,
  };
}

/** The octets of the optional parameters, but for message_payload. */
function withoutPayload({ frame, tlvStart }: Submit): Buffer {
  const kept: Buffer[] = [];
  for (let at = tlvStart; at < frame.length;) {
    const end = at + 4 + frame.readUInt16BE(at + 2);
    if (frame.readUInt16BE(at) !== TAG.messagePayload) kept.push(frame.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** service_type, which the platform takes as it comes. */
export function serviceType({ frame }: Submit): string {
  return frame.toString('latin1', HEADER, stringEnd(frame, HEADER));
}

/** The value of an optional parameter, null where it is absent. */
export function tlvValue({ frame, tlvStart }: Submit, tag: number): Buffer | null {
  for (let at = tlvStart; at < frame.length;) {
    const end = at + 4 + frame.readUInt16BE(at + 2);
    if (frame.readUInt16BE(at) === tag) return frame.subarray(at + 4, end);
    at = end;
  }
  return null;
}

/** The optional parameters: values in hex, by tags of four hex digits. */
export function tlvsInHex({ frame, tlvStart }: Submit): Record<string, string> {
  const tlvs: Record<string, string> = {};
  for (let at = tlvStart; at < frame.length;) {
    const end = at + 4 + frame.readUInt16BE(at + 2);
    tlvs[frame.toString('hex', at, at + 2)] = frame.toString('hex', at + 4, end);
    at = end;
  }
  return tlvs;
}
