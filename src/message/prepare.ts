/** A request becomes PDUs: every field is read, checked and put where SMPP has it. */
import { InvalidInputError } from '../base/errors';
import { MAX_PDU_LENGTH } from '../smpp/framing';
import type { SubmitFields, Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { recipientAddress, senderAddress } from './address';
import { charsetOf } from './charset';
import { header16, header8, sarTlvs, UDHI } from './concatenation';
import { countryOf } from './country';
import { DLT_FIELDS, dltTlvs } from './dlt';
import { dataCoding } from './encoding';
import { choice, describe, flag, isBlank, plainText, wholeNumber } from './input';
import type { LongMessageMode, MessageProfile, MessageRequest, PreparedMessage, ReceiptRequest } from './message';
import { segmentOctets } from './octets';
import type { Segmentation } from './segment';
import { MAX_TEXT_OCTETS, segmentText, tooLarge } from './segment';
import { LANGUAGE_CHOICES } from './shift-code';
import { readValidity, scheduledTime, validityPeriod, type Validity } from './time';
import { customTlvs } from './tlv-values';

const ENCODINGS = ['auto', 'gsm7', 'latin1', 'ucs2', 'binary'] as const;
const LONG_MESSAGE_MODES: readonly LongMessageMode[] = ['udh', 'udh16', 'sar', 'payload', 'reject'];
const OPERATIONS = ['submit_sm', 'data_sm'] as const;
const PRIORITIES = ['normal', 'urgent'] as const;
/** SMPP 3.4 section 5.2.17. */
const REGISTERED_DELIVERY: Readonly<Record<ReceiptRequest, number>> = {
  none: 0,
  final: 1,
  failure: 2,
  intermediate: 17,
};
const RECEIPTS = Object.keys(REGISTERED_DELIVERY) as ReceiptRequest[];
/** The service_type field has 6 octets, NUL included (SMPP 3.4 section 4.4.1). */
const MAX_SERVICE_TYPE = 5;
/** A submit_sm's header and mandatory fields, all at their longest, without the text: 16 + 6 + 2 × 23 + 3 + 2 × 17 + 5. */
const MANDATORY_OCTETS = 110;
const NOTHING = Buffer.alloc(0);
/** Most messages have no TLVs: they all share this list. */
const NO_TLVS: readonly Tlv[] = [];
const NO_WARNINGS: readonly string[] = [];
const NO_ELEMENTS: readonly number[] = [];

/** Settings that `msg.sms` may have. */
export const OVERRIDES: readonly (keyof MessageRequest)[] = [
  'from',
  'encoding',
  'language',
  'smartEncoding',
  'longMessage',
  'receipt',
  'priority',
  'validity',
  'schedule',
  'flash',
  'tlvs',
  'operation',
  'serviceType',
  'sourceTon',
  'sourceNpi',
  'destTon',
  'destNpi',
  'protocolId',
];

/**
 * The settings that a flow's message brings along in `msg.sms`. Keys that are not set are left out, so that the result can be
 * spread over the node's settings; the values are checked by `prepareMessage`.
 * @throws InvalidInputError (`sms`) for a value that is no object and for an unknown key
 */
export function readOverrides(value: unknown): Partial<MessageRequest> {
  if (isBlank(value)) return {};
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array || value instanceof Date) {
    throw new InvalidInputError(
      'sms',
      `sms: ${describe(value)} is no object of settings; give one such as {"flash": true}`,
    );
  }
  const known = new Set<string>(OVERRIDES);
  const unknown = Object.keys(value).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new InvalidInputError(
      'sms',
      `sms: ${describe(unknown)} is not a setting; the settings are ${OVERRIDES.join(', ')}`,
    );
  }
  return Object.fromEntries(Object.entries(value).filter(([, setting]) => setting !== undefined && setting !== null));
}

interface Content {
  readonly text: string;
  readonly encoding: (typeof ENCODINGS)[number];
}

function readContent(request: MessageRequest): Content {
  const encoding = choice('encoding', request.encoding, ENCODINGS, 'auto');
  const text: unknown = request.text;
  if (text === undefined || text === null) throw new InvalidInputError('text', 'text: there is none');
  if (typeof text === 'string') return { text, encoding };
  if (text instanceof Uint8Array) {
    if (encoding !== 'auto' && encoding !== 'binary') {
      throw new InvalidInputError(
        'encoding',
        `encoding: a Buffer is sent as binary and ${encoding} is asked for; give a string or set encoding to "auto"`,
      );
    }
    if (text.length > MAX_TEXT_OCTETS) throw tooLarge(text.length, 'octets', MAX_TEXT_OCTETS);
    return { text: Buffer.from(text.buffer, text.byteOffset, text.length).toString('hex'), encoding: 'binary' };
  }
  if (typeof text === 'boolean' || typeof text === 'bigint' || Number.isFinite(text))
    return { text: String(text), encoding };
  throw new InvalidInputError(
    'text',
    `text: ${describe(text)} cannot be sent; give a string, a number, a boolean or a Buffer`,
  );
}

function readServiceType(value: unknown): string {
  const text = plainText('serviceType', value);
  if (text.length <= MAX_SERVICE_TYPE && /^[ -~]*$/.test(text)) return text;
  throw new InvalidInputError(
    'serviceType',
    `serviceType: ${describe(text)} is not at most ${MAX_SERVICE_TYPE} ASCII characters; shorten it`,
  );
}

/** qos_time_to_live is what data_sm has for a validity period (SMPP 3.4 section 5.3.2.8). */
function timeToLive(validity: Validity): Tlv {
  if ('until' in validity) {
    throw new InvalidInputError(
      'validity',
      'validity: data_sm has no time until which a message is valid; give seconds or set operation to "submit_sm"',
    );
  }
  const value = Buffer.alloc(4);
  value.writeUInt32BE(validity.seconds);
  return { tag: TLV.qosTimeToLive, value };
}

function takenTags(operationTlvs: readonly Tlv[], dlt: readonly Tlv[]): Map<number, string> {
  return new Map([
    ...operationTlvs.map(({ tag }) => [tag, 'validity is sent in it with data_sm'] as const),
    ...dlt.map(({ tag }) => [tag, "it carries a DLT id (see the pool's DLT tags)"] as const),
  ]);
}

function refuseOn33(field: string, what: string, remedy: string): InvalidInputError {
  return new InvalidInputError(
    field,
    `${field}: the pool speaks SMPP 3.3, which has no TLVs, and ${what}; ${remedy} or set the pool's version to 3.4`,
  );
}

function checkVersion33(
  request: MessageRequest,
  profile: MessageProfile,
  dlt: readonly Tlv[],
  custom: readonly Tlv[],
  form: Segmentation['form'],
): void {
  if (request.operation === 'data_sm') throw refuseOn33('operation', 'data_sm needs one for the text', 'use submit_sm');
  if (dlt.length > 0) {
    const field = DLT_FIELDS[profile.dltTags.indexOf(dlt[0]!.tag)]!;
    throw refuseOn33(field, 'DLT ids are sent in them', 'leave the DLT ids out');
  }
  if (custom.length > 0) throw refuseOn33('tlvs', 'the message has some of its own', 'remove them');
  if (form === 'sar' || form === 'payload') {
    throw refuseOn33('longMessage', `"${form}" needs them for a long text`, 'set longMessage to "udh"');
  }
}

function refuseOnDataSm(schedule: string): void {
  if (schedule === '') return;
  throw new InvalidInputError(
    'schedule',
    'schedule: data_sm has no schedule_delivery_time; leave it blank or set operation to "submit_sm"',
  );
}

function segmentHeader({ form, segments, shift }: Segmentation, reference: number, number: number): Buffer {
  const more = shift?.elements ?? NO_ELEMENTS;
  if (form === 'udh') return header8(reference, segments.length, number, more);
  if (form === 'udh16') return header16(reference, segments.length, number, more);
  return more.length > 0 ? Buffer.of(more.length, ...more) : NOTHING;
}

/** The TLVs of one segment: those of the message, and what its form needs. */
function segmentTlvs(
  { form, segments }: Segmentation,
  common: readonly Tlv[],
  payload: Buffer | null,
  reference: number,
  number: number,
): readonly Tlv[] {
  return joined(
    common,
    form === 'sar' ? sarTlvs(reference, segments.length, number) : NO_TLVS,
    payload ? [{ tag: TLV.messagePayload, value: payload }] : NO_TLVS,
  );
}

/** The lists one behind the other. Nearly always at most one of them has entries: then that list itself, not a copy. */
export function joined<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  let all: readonly T[] = [];
  for (const list of lists) if (list.length > 0) all = all.length > 0 ? [...all, ...list] : list;
  return all;
}

/** Only a message's own TLVs can make a PDU too long: everything else fits beside the longest text. */
function checkLength({ shortMessage, tlvs }: SubmitFields): void {
  const octets = tlvs.reduce((sum, { value }) => sum + 4 + value.length, MANDATORY_OCTETS + shortMessage.length);
  if (octets <= MAX_PDU_LENGTH) return;
  throw new InvalidInputError(
    'tlvs',
    `tlvs: a PDU of ${octets} octets is too long, ${MAX_PDU_LENGTH} are possible; shorten the TLVs`,
  );
}

/**
 * Checks every field of a request and makes the fields of its PDUs: one PDU a segment, each with the DLT ids and the
 * message's own TLVs.
 * @param reference concatenation reference, 0 to 65535, or a function that gives one for a recipient; it is called only
 *   for a text of several segments. A header with an 8-bit reference takes the low octet
 * @throws InvalidInputError (`SMPP_INVALID_INPUT`), and nothing else, with the field, what is wrong with its value, and
 *   what to do
 */
export function prepareMessage(
  request: MessageRequest,
  profile: MessageProfile,
  reference: number | ((to: string) => number),
): PreparedMessage {
  const country = countryOf(profile.country);
  const { destTon, destNpi, sourceTon, sourceNpi } = request;
  const recipient = recipientAddress(request.to, { ton: destTon, npi: destNpi }, country);
  const sender = senderAddress(request.from || profile.from, { ton: sourceTon, npi: sourceNpi }, country);
  const [destination, source] = [recipient.address, sender.address];
  const content = readContent(request);
  const charset = charsetOf(profile.alphabet);
  const segmentation = segmentText(content.text, {
    encoding: content.encoding,
    smartEncoding: flag('smartEncoding', request.smartEncoding),
    longMessage: choice('longMessage', request.longMessage, LONG_MESSAGE_MODES, 'udh'),
    language: choice('language', request.language, LANGUAGE_CHOICES, 'none'),
    charset,
  });
  if (segmentation.segments[0]!.units === 0) throw new InvalidInputError('text', 'text: it is empty; give a text');
  const coding = dataCoding(segmentation.encoding, flag('flash', request.flash));
  const operation = choice('operation', request.operation, OPERATIONS, 'submit_sm');
  const receipt = choice('receipt', request.receipt, RECEIPTS, 'final');
  const urgent = choice('priority', request.priority, PRIORITIES, 'normal') === 'urgent';
  const validity = readValidity(request.validity);
  const schedule = scheduledTime(request.schedule);
  const protocolId = wholeNumber('protocolId', request.protocolId, 0, 255);
  const dlt = dltTlvs(request, profile);
  const operationTlvs = operation === 'data_sm' && validity !== undefined ? [timeToLive(validity)] : NO_TLVS;
  // Few messages have TLVs of their own: the table of taken tags is made only for them.
  const noneOfTheirOwn = isBlank(request.tlvs) || request.tlvs.length === 0;
  const custom = noneOfTheirOwn ? NO_TLVS : customTlvs(request.tlvs, takenTags(operationTlvs, dlt.tlvs));
  if (operation === 'data_sm') refuseOnDataSm(schedule.time);
  if (profile.version === '3.3') checkVersion33(request, profile, dlt.tlvs, custom, segmentation.form);
  const serviceType = readServiceType(request.serviceType);
  const inPayload = operation === 'data_sm' || segmentation.form === 'payload';
  const tlvs = joined(dlt.tlvs, operationTlvs, custom);
  const total = segmentation.segments.length;
  const shared = total > 1 ? (typeof reference === 'number' ? reference : reference(destination.addr)) : 0;
  const segments: SubmitFields[] = [];
  for (const segment of segmentation.segments) {
    const number = segments.length + 1;
    const header = segmentHeader(segmentation, shared, number);
    const octets = segmentOctets(segment, segmentation.encoding, header, segmentation.shift ?? charset);
    // Field by field: spreading an object shared by all segments costs half a microsecond a segment.
    segments.push({
      operation,
      serviceType,
      source,
      destination,
      esmClass: header.length > 0 ? UDHI : 0,
      protocolId: protocolId ?? 0,
      priorityFlag: urgent ? 1 : 0,
      scheduleDeliveryTime: schedule.time,
      validityPeriod: validity === undefined || operation === 'data_sm' ? '' : validityPeriod(validity),
      registeredDelivery: REGISTERED_DELIVERY[receipt],
      dataCoding: coding,
      shortMessage: inPayload ? NOTHING : octets,
      tlvs: segmentTlvs(segmentation, tlvs, inPayload ? octets : null, shared, number),
    });
  }
  checkLength(segments[0]!);
  const warnings = joined(
    recipient.warnings,
    sender.warnings,
    segmentation.warnings,
    schedule.warnings,
    operation === 'data_sm' && protocolId !== undefined
      ? ['protocolId is not sent: data_sm has no such field']
      : NO_WARNINGS,
    dlt.warnings,
  );
  return {
    to: destination.addr,
    from: source.addr,
    encoding: segmentation.encoding,
    dataCoding: coding,
    urgent,
    validity,
    receipt: receipt !== 'none',
    segments,
    warnings,
  };
}
