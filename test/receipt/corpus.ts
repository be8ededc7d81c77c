import type { Tlv } from '../../src/smpp/pdu';
import { tlv } from './delivery';

/** A receipt as a platform has sent it, and what it must come to. Grows with each that was read wrongly. */
export interface CorpusReceipt {
  readonly what: string;
  /** What the submit answers said, one a segment; the recipient is 919812345678, the sender ALERTS. */
  readonly ids: readonly string[];
  readonly text: string;
  readonly source?: string;
  readonly destination?: string;
  readonly esmClass?: number;
  readonly tlvs?: readonly Tlv[];
  /** State and finality; "message" where it is none. */
  readonly is: string;
  /** Where it is to be told. */
  readonly error?: string;
  /** From 0; null where it must match nothing. */
  readonly segment: number | null;
}

const STATE = 0x0427;
const ID = 0x001e;

export const RECEIPTS: readonly CorpusReceipt[] = [
  {
    what: 'a synonym beside message_state',
    ids: ['77'],
    text: 'id:77 stat:DELIVERED err:000',
    tlvs: [tlv(STATE, [2])],
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'SCHEDLD beside message_state 0',
    ids: ['77'],
    text: 'id:77 stat:SCHEDLD err:000',
    tlvs: [tlv(STATE, [0])],
    is: 'SCHEDULED open',
    segment: 0,
  },
  {
    what: 'ACCEPTED beside message_state 6',
    ids: ['77'],
    text: 'id:77 stat:ACCEPTED err:000',
    tlvs: [tlv(STATE, [6])],
    is: 'ACCEPTED open',
    segment: 0,
  },
  {
    what: 'a word nobody knows, explained by message_state',
    ids: ['77'],
    text: 'id:77 stat:ZUGESTELLT err:000',
    tlvs: [tlv(STATE, [2])],
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'a word nobody knows in an intermediate notification',
    ids: ['77'],
    text: 'id:77 stat:UNTERWEGS err:000',
    esmClass: 0x20,
    is: 'ENROUTE open',
    segment: 0,
  },
  {
    what: 'a failure in an intermediate notification',
    ids: ['77'],
    text: 'id:77 stat:ABSENT-SUB err:010',
    esmClass: 0x20,
    is: 'UNDELIVERABLE open',
    segment: 0,
  },
  {
    what: 'a whole receipt as an acknowledgement',
    ids: ['77'],
    text: 'id:77 stat:DELIVRD err:000',
    esmClass: 0x10,
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'state words without an id',
    ids: ['77'],
    text: 'stat:DELIVRD err:000',
    esmClass: 0,
    tlvs: [tlv(STATE, [2])],
    is: 'message',
    segment: null,
  },
  {
    what: 'addresses not turned round and the other radix',
    ids: ['26F0C4A1'],
    text: 'id:653313185 stat:DELIVRD',
    source: 'ALERTS',
    destination: '919812345678',
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'a masked recipient and the other radix',
    ids: ['26F0C4A1'],
    text: 'id:653313185 stat:DELIVRD',
    source: '9198XXXX5678',
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'another recipient',
    ids: ['77'],
    text: 'id:77 stat:DELIVRD',
    source: '447700900123',
    is: 'DELIVERED final',
    segment: null,
  },
  {
    what: 'a UUID without its hyphens',
    ids: ['c87c2273-7edb-4bc7-8d3a-7f57f21b625e'],
    text: 'id:C87C22737EDB4BC78D3A7F57F21B625E stat:DELIVRD',
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'an id in quotes',
    ids: ['m1', 'm2'],
    text: 'id:"m2" stat:UNDELIV err:010',
    is: 'UNDELIVERABLE final',
    segment: 1,
  },
  {
    what: 'an id with a blank in it',
    ids: ['ab 12'],
    text: 'id:ab 12 sub:001 dlvrd:001 stat:DELIVRD',
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'an id padded with blanks and NULs in a TLV',
    ids: ['77'],
    text: '',
    esmClass: 0,
    tlvs: [tlv(ID, ' 77 \0\0'), tlv(STATE, [5])],
    is: 'UNDELIVERABLE final',
    segment: 0,
  },
  ...[',', ';', '|', ', ', '; '].map((between) => ({
    what: `fields with "${between}" between them`,
    ids: ['76', '77'],
    text: ['id:77', 'sub:001', 'submit date:2511270101', 'stat:UNDELIV', 'err:780', 'text:x'].join(between),
    is: 'UNDELIVERABLE final',
    error: '780',
    segment: 1,
  })),
  ...[
    ['NOT DELIVERED', 'UNDELIVERABLE final'],
    ['DELIVERY SUCCESS', 'DELIVERED final'],
    ['EN ROUTE', 'ENROUTE open'],
    ['in progress', 'ENROUTE open'],
    ['Unknown Subscriber', 'UNKNOWN final'],
  ].map(([words, is]) => ({
    what: `a state in two words (${words!})`,
    ids: ['77'],
    text: `id:77 stat:${words!} err:000 text:x`,
    is: is!,
    segment: 0,
  })),
  {
    what: 'a byte order mark before the id',
    ids: ['77'],
    text: '\u00ef\u00bb\u00bfid:77 stat:DELIVRD err:000',
    is: 'DELIVERED final',
    segment: 0,
  },
  {
    what: 'UTF-16 with its octets swapped',
    ids: ['77'],
    text: Buffer.from('id:77 stat:DELIVRD err:000', 'utf16le').toString('latin1'),
    is: 'DELIVERED final',
    segment: 0,
  },
];
