import type { NodeAPI } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { charsetOf } from '../../src/message/charset';
import { UDHI } from '../../src/message/concatenation';
import type { MessageRequest } from '../../src/message/message';
import { prepareMessage } from '../../src/message/prepare';
import { tagName } from '../../src/message/tlv-values';
import type { Address, SubmitFields, Tlv } from '../../src/smpp/pdu';
import { TLV } from '../../src/smpp/pdu';
import { encodeSubmit } from '../../src/smpp/submit';
import { messageProfile } from '../../src/pool/settings';
import { readValues } from '../pool-lifetime/pool-config';
import { BadRequest, bodyObject, serve } from './endpoint';

/** Most segments of an answer; the dialog shows no more. */
const MOST = 12;
/** Most octets of a value that are written out. */
const LONGEST = 300;

/** One PDU for a reader: the fields that say something, by their names in SMPP 3.4. */
export interface PreviewedPdu {
  readonly octets: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/**
 * The first segments of a message as a pool would send them. The concatenation reference is 0 here: the pool chooses it
 * when it sends the message.
 * @param pool the settings of the pool that bear on a message; the others may be missing
 * @throws {InvalidInputError} where no PDU can be made of the message
 */
export function previewPdus(message: MessageRequest, pool: Readonly<Record<string, unknown>>): PreviewedPdu[] {
  return prepareMessage(message, messageProfile(readValues(pool, [])), 0)
    .segments.slice(0, MOST)
    .map((fields) => ({ octets: encodeSubmit(fields).length, fields: spelled(fields) }));
}

/**
 * Serves `GET smpp-send/charset/:name`: the characters of a charset that a pool may have as its `alphabet`, `{characters}`, so that a
 * dialog counts with them and needs no tables of its own.
 */
export function serveCharsets(RED: NodeAPI): void {
  serve(RED, 'get', '/smpp-send/charset/:name', 'smpp-send.read', (request) => {
    const name = String(request.params.name);
    try {
      return { characters: charsetOf(name)?.characters ?? null };
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new BadRequest(error.message, 404, 'unknown-charset');
    }
  });
}

/**
 * Serves `POST smpp-send/wire` with `{message, pool}`. The answer is `{pdus}`, or `{problem}` where no PDU can be made
 * of the message. Nothing is sent.
 */
export function servePduPreview(RED: NodeAPI): void {
  serve(RED, 'post', '/smpp-send/wire', 'smpp-send.read', (request) => {
    const { message, pool } = bodyObject(request.body ?? {});
    const form = bodyObject(message ?? {}, 'message') as unknown as MessageRequest;
    const settings = bodyObject(pool ?? {}, 'pool');
    try {
      return { pdus: previewPdus(form, settings) };
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      return { problem: error.message };
    }
  });
}

function spelled(pdu: SubmitFields): PreviewedPdu['fields'] {
  const { esmClass, shortMessage, tlvs } = pdu;
  const payload = tlvs.find(({ tag }) => tag === TLV.messagePayload);
  const text = payload?.value ?? shortMessage;
  const header = esmClass & UDHI ? text.subarray(0, text[0]! + 1) : undefined;
  const body = header ? text.subarray(header.length) : text;
  const flags = [
    ['esm_class', esmClass],
    ['protocol_id', pdu.protocolId],
    ['priority_flag', pdu.priorityFlag],
  ] as const;
  const texts = [
    ['service_type', pdu.serviceType],
    ['schedule_delivery_time', pdu.scheduleDeliveryTime],
    ['validity_period', pdu.validityPeriod],
  ] as const;
  return [
    ['command', pdu.operation],
    ['source_addr', address(pdu.source)],
    ['destination_addr', address(pdu.destination)],
    ...texts.filter(([, value]) => value !== ''),
    ...flags.filter(([, value]) => value !== 0).map(([name, value]) => [name, octet(value)] as const),
    ['registered_delivery', octet(pdu.registeredDelivery)],
    ['data_coding', octet(pdu.dataCoding)],
    ...(header ? [['UDH', withoutReference(header)] as const] : []),
    [payload ? 'message_payload' : 'short_message', hex(body)],
    ...tlvs.filter((tlv) => tlv !== payload).map((tlv) => [`TLV ${tagName(tlv.tag)}`, tlvValue(tlv)] as const),
  ];
}

function address({ ton, npi, addr }: Address): string {
  return `${addr || '""'} (TON ${ton}, NPI ${npi})`;
}

function octet(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(2, '0')}`;
}

function hex(octets: Buffer): string {
  const shown = octets
    .subarray(0, LONGEST)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1 ');
  return octets.length > LONGEST ? `${shown} …` : shown;
}

/** Hides the reference of 8 or 16 bits, which the header has first (3GPP TS 23.040, sections 9.2.3.24.1 and 9.2.3.24.8). */
function withoutReference(header: Buffer): string {
  const end = header[1] === 0x00 ? 4 : header[1] === 0x08 ? 5 : 0;
  return hex(header)
    .split(' ')
    .map((one, i) => (i > 2 && i < end ? '··' : one))
    .join(' ');
}

function tlvValue({ tag, value }: Tlv): string {
  if (tag === TLV.sarMsgRefNum) return '·· ··';
  const text = value.toString('latin1').replace(/\0$/, '');
  return /^[ -~]{3,}$/.test(text) ? `${hex(value)} (${text})` : hex(value);
}
