import type { Delivery, SubmitFields } from '../../src/smpp/pdu';

/** Whole PDUs as octets, put together from SMPP 3.4 by hand, none by the code under test. Blanks in the hex are for the eye. */
function octets(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

export const SUBMITS: readonly { readonly name: string; readonly frame: Buffer; readonly fields: SubmitFields }[] = [
  {
    name: 'an OTP with the three DLT ids',
    frame: octets(`
      000000b7 00000004 00000000 00000000
      00050041434d45424b000101393139383736353433323130000000000000010000003f4465617220637573746f6d6572
      2c20796f7572204f5450206973203438323931332e20446f206e6f74207368617265206974207769746820616e796f6e
      652e14000013313130313435363738303030303031323334351401001331313037313631323334353637383930313233
      1402001331313032333435363730303030303131313131`),
    fields: {
      operation: 'submit_sm',
      serviceType: '',
      source: { ton: 5, npi: 0, addr: 'ACMEBK' },
      destination: { ton: 1, npi: 1, addr: '919876543210' },
      esmClass: 0,
      protocolId: 0,
      priorityFlag: 0,
      scheduleDeliveryTime: '',
      validityPeriod: '',
      registeredDelivery: 1,
      dataCoding: 0,
      shortMessage: ascii('Dear customer, your OTP is 482913. Do not share it with anyone.'),
      tlvs: [
        { tag: 0x1400, value: ascii('1101456780000012345') },
        { tag: 0x1401, value: ascii('1107161234567890123') },
        { tag: 0x1402, value: ascii('1102345670000011111') },
      ],
    },
  },
  {
    name: 'an urgent, scheduled UCS-2 segment with a user data header',
    frame: octets(`
      00000065 00000004 00000000 00000000
      000300353637363700010134393135313132333435363738004000013236303730383039313031313530302b00303030
      303030303130303030303030520011000800120500032a02010928092e0938094d09240947`),
    fields: {
      operation: 'submit_sm',
      serviceType: '',
      source: { ton: 3, npi: 0, addr: '56767' },
      destination: { ton: 1, npi: 1, addr: '4915112345678' },
      esmClass: 0x40,
      protocolId: 0,
      priorityFlag: 1,
      scheduleDeliveryTime: '260708091011500+',
      validityPeriod: '000000010000000R',
      registeredDelivery: 17,
      dataCoding: 8,
      shortMessage: Buffer.concat([octets('0500032a0201'), octets('0928 092e 0938 094d 0924 0947')]),
      tlvs: [],
    },
  },
  {
    name: 'a data_sm with its text in message_payload',
    frame: octets(`
      00000050 00000103 00000000 00000000
      414c5254000101333232353437303030300001013332343735313233343536000002030017000400000258042400114c
      696e6520646f776e3a2070756d702037`),
    fields: {
      operation: 'data_sm',
      serviceType: 'ALRT',
      source: { ton: 1, npi: 1, addr: '3225470000' },
      destination: { ton: 1, npi: 1, addr: '32475123456' },
      esmClass: 0,
      protocolId: 0,
      priorityFlag: 0,
      scheduleDeliveryTime: '',
      validityPeriod: '',
      registeredDelivery: 2,
      dataCoding: 3,
      shortMessage: Buffer.alloc(0),
      tlvs: [
        { tag: 0x0017, value: octets('00000258') },
        { tag: 0x0424, value: ascii('Line down: pump 7') },
      ],
    },
  },
];

const DELIVERY = {
  command: 'deliver_sm',
  serviceType: '',
  esmClass: 0,
  protocolId: 0,
  priorityFlag: 0,
  scheduleDeliveryTime: '',
  validityPeriod: '',
  registeredDelivery: 0,
  dataCoding: 0,
  tlvs: [],
  warnings: [],
} as const;

export const DELIVERIES: readonly { readonly name: string; readonly frame: Buffer; readonly delivery: Delivery }[] = [
  {
    name: 'a receipt whose id has characters that the GSM alphabet has elsewhere',
    frame: octets(`
      000000c8 00000005 00000000 0000002b
      00010139313938373635343332313000050041434d45424b000400000000000000007a69643a376633615f3963403132
      207375623a30303120646c7672643a303031207375626d697420646174653a3236303730383039313020646f6e652064
      6174653a3236303730383039313120737461743a44454c49565244206572723a30303020746578743a44656172206375
      73746f6d65722c20796f757220001e000b376633615f396340313200042700010204230003030000`),
    delivery: {
      ...DELIVERY,
      sequenceNumber: 0x2b,
      source: { ton: 1, npi: 1, addr: '919876543210' },
      destination: { ton: 5, npi: 0, addr: 'ACMEBK' },
      esmClass: 4,
      body: ascii(
        'id:7f3a_9c@12 sub:001 dlvrd:001 submit date:2607080910 done date:2607080911 stat:DELIVRD err:000 ' +
          'text:Dear customer, your ',
      ),
      tlvs: [
        { tag: 0x001e, value: ascii('7f3a_9c@12\0') },
        { tag: 0x0427, value: octets('02') },
        { tag: 0x0423, value: octets('030000') },
      ],
    },
  },
  {
    name: 'a receipt without text whose id has no NUL before the next parameter',
    frame: octets(`
      00000049 00000005 00000000 0000002c
      00010139313938373635343332313000050041434d45424b0004000000000000000000001e0006414243313233042700
      01050423000303030c`),
    delivery: {
      ...DELIVERY,
      sequenceNumber: 0x2c,
      source: { ton: 1, npi: 1, addr: '919876543210' },
      destination: { ton: 5, npi: 0, addr: 'ACMEBK' },
      esmClass: 4,
      body: Buffer.alloc(0),
      tlvs: [
        { tag: 0x001e, value: ascii('ABC123') },
        { tag: 0x0427, value: octets('05') },
        { tag: 0x0423, value: octets('03030c') },
      ],
    },
  },
  {
    name: 'an incoming message in Latin-1',
    frame: octets(`
      0000003d 00000005 00000000 0000002d
      000101343931353131323334353637380003003536373637000000000000000003000a4772f6df6520bf6f6b3f`),
    delivery: {
      ...DELIVERY,
      sequenceNumber: 0x2d,
      source: { ton: 1, npi: 1, addr: '4915112345678' },
      destination: { ton: 3, npi: 0, addr: '56767' },
      dataCoding: 3,
      body: ascii('Größe ¿ok?'),
    },
  },
  {
    name: 'an incoming message whose validity_period the library cannot read',
    frame: octets(`
      00000023 00000005 00000000 00000009
      00000000000000000000005200000000000178`),
    delivery: {
      ...DELIVERY,
      sequenceNumber: 9,
      source: { ton: 0, npi: 0, addr: '' },
      destination: { ton: 0, npi: 0, addr: '' },
      validityPeriod: 'R',
      body: ascii('x'),
    },
  },
  {
    name: 'a receipt that comes as a data_sm',
    frame: octets(`
      00000047 00000103 00000000 00000030
      00010133323437353132333435360001013332323534373030303000040000001e000f31393837363534333231303938
      37000427000102`),
    delivery: {
      ...DELIVERY,
      command: 'data_sm',
      sequenceNumber: 0x30,
      source: { ton: 1, npi: 1, addr: '32475123456' },
      destination: { ton: 1, npi: 1, addr: '3225470000' },
      esmClass: 4,
      body: Buffer.alloc(0),
      tlvs: [
        { tag: 0x001e, value: ascii('19876543210987\0') },
        { tag: 0x0427, value: octets('02') },
      ],
    },
  },
  {
    name: 'a short_message shorter than its sm_length',
    frame: octets('00000028 00000005 00000000 00000031 0001013100010132000000000000000000000973686f7274'),
    delivery: {
      ...DELIVERY,
      sequenceNumber: 0x31,
      source: { ton: 1, npi: 1, addr: '1' },
      destination: { ton: 1, npi: 1, addr: '2' },
      body: ascii('short'),
      warnings: ['sm_length says 9 octets, the PDU has 5'],
    },
  },
  {
    name: 'stray octets behind a parameter of the platform',
    frame: octets('0000002e 00000005 00000000 00000032 0001013100010132000000000000000000000268691403000280ff140000'),
    delivery: {
      ...DELIVERY,
      sequenceNumber: 0x32,
      source: { ton: 1, npi: 1, addr: '1' },
      destination: { ton: 1, npi: 1, addr: '2' },
      body: ascii('hi'),
      tlvs: [{ tag: 0x1403, value: octets('80ff') }],
      warnings: ['3 stray octets at the end of the PDU'],
    },
  },
];

/** Answers to submits, and the message id in each. */
export const SUBMIT_ANSWERS: readonly {
  readonly name: string;
  readonly frame: Buffer;
  readonly messageId: string | null;
}[] = [
  {
    name: 'accepted',
    frame: octets('0000001b 80000004 00000000 00000001 376633615f396340313200'),
    messageId: '7f3a_9c@12',
  },
  {
    name: 'accepted as data_sm',
    frame: octets('00000017 80000103 00000000 00000007 30613162326300'),
    messageId: '0a1b2c',
  },
  {
    name: 'accepted, the id without its NUL',
    frame: octets('00000012 80000004 00000000 00000002 3432'),
    messageId: '42',
  },
  { name: 'throttled, header only', frame: octets('00000010 80000004 00000058 00000003'), messageId: null },
  { name: 'out of credits, empty id', frame: octets('00000011 80000004 0000040b 00000004 00'), messageId: null },
];

/** PDUs of the session, as `decodePdu` reads them and `encodePdu` writes them. */
export const SESSION_PDUS: readonly {
  readonly command: string;
  readonly frame: Buffer;
  readonly sequence: number;
  readonly status: number;
  readonly fields: Record<string, unknown>;
}[] = [
  {
    command: 'bind_transceiver',
    frame: octets('00000027 00000009 00000000 00000001 64656d6f00736563726574303800736d70700034000000'),
    sequence: 1,
    status: 0,
    fields: {
      system_id: 'demo',
      password: 'secret08',
      system_type: 'smpp',
      interface_version: 0x34,
      addr_ton: 0,
      addr_npi: 0,
      address_range: '',
    },
  },
  {
    command: 'bind_transceiver_resp',
    frame: octets('0000001b 80000009 00000000 00000001 4350414153000210000134'),
    sequence: 1,
    status: 0,
    fields: { system_id: 'CPAAS', sc_interface_version: 0x34 },
  },
  {
    command: 'bind_transceiver_resp',
    frame: octets('00000010 80000009 0000000e 00000001'),
    sequence: 1,
    status: 0x0e,
    fields: {},
  },
  { command: 'enquire_link', frame: octets('00000010 00000015 00000000 00000005'), sequence: 5, status: 0, fields: {} },
  {
    command: 'enquire_link_resp',
    frame: octets('00000010 80000015 00000000 00000005'),
    sequence: 5,
    status: 0,
    fields: {},
  },
  {
    command: 'unbind',
    frame: octets('00000010 00000006 00000000 7fffffff'),
    sequence: 0x7fffffff,
    status: 0,
    fields: {},
  },
  { command: 'generic_nack', frame: octets('00000010 80000000 00000003 00000000'), sequence: 0, status: 3, fields: {} },
  {
    command: 'deliver_sm_resp',
    frame: octets('00000011 80000005 00000000 0000002b 00'),
    sequence: 0x2b,
    status: 0,
    fields: { message_id: '' },
  },
  {
    command: 'alert_notification',
    frame: octets('0000002a 00000102 00000000 00000008 0101333234373531323334353600000064656d6f000422000100'),
    sequence: 8,
    status: 0,
    fields: {
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '32475123456',
      esme_addr_ton: 0,
      esme_addr_npi: 0,
      esme_addr: 'demo',
      ms_availability_status: 0,
    },
  },
];

/** A vendor's request that SMPP 3.4 does not know. */
export const UNKNOWN_REQUEST = octets('00000012 00010200 00000000 00000008 0102');
