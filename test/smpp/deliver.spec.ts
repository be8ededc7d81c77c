import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { COMMAND } from '../../src/smpp/commands';
import { encodePdu } from '../../src/smpp/codec';
import { decodeDelivery, encodeDeliveryAnswer } from '../../src/smpp/deliver';
import { MAX_PDU_LENGTH } from '../../src/smpp/framing';
import { PDU } from '../../src/smpp/library';
import { PduError, type Delivery } from '../../src/smpp/pdu';
import { DELIVERIES, SUBMITS } from './corpus';

const octet = fc.nat(255);
const octets = (maxLength: number) => fc.uint8Array({ maxLength }).map((value) => Buffer.from(value));
const latin1Text = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 255 }), { maxLength }).map((codes) => String.fromCharCode(...codes));
const plain = { noNullPrototype: true };
const address = fc.record({ ton: octet, npi: octet, addr: latin1Text(20) }, plain);
const time = fc.constantFrom('', '260708091011500+', '000001023000000R');

const fields = fc.record(
  {
    serviceType: latin1Text(5),
    source: address,
    destination: address,
    esmClass: octet,
    registeredDelivery: octet,
    dataCoding: octet,
    protocolId: octet,
    priorityFlag: octet,
    scheduleDeliveryTime: time,
    validityPeriod: time,
    shortMessage: octets(255),
    payload: octets(400),
    receiptedId: latin1Text(64),
    messageState: octet,
    networkError: octets(3),
  },
  plain,
);
const sequence = fc.integer({ min: 1, max: 0x7fffffff });

type Fields = typeof fields extends fc.Arbitrary<infer T> ? T : never;

function libraryFrame(command: string, sequenceNumber: number, given: Fields): Buffer {
  return new PDU(command, {
    sequence_number: sequenceNumber,
    service_type: given.serviceType,
    source_addr_ton: given.source.ton,
    source_addr_npi: given.source.npi,
    source_addr: given.source.addr,
    dest_addr_ton: given.destination.ton,
    dest_addr_npi: given.destination.npi,
    destination_addr: given.destination.addr,
    esm_class: given.esmClass,
    protocol_id: given.protocolId,
    priority_flag: given.priorityFlag,
    schedule_delivery_time: given.scheduleDeliveryTime,
    validity_period: given.validityPeriod,
    registered_delivery: given.registeredDelivery,
    data_coding: given.dataCoding,
    short_message: given.shortMessage,
    receipted_message_id: given.receiptedId,
    message_payload: given.payload,
    message_state: given.messageState,
    network_error_code: given.networkError,
  }).toBuffer();
}

function tlvsOf(given: Fields): Delivery['tlvs'] {
  return [
    { tag: 0x001e, value: Buffer.from(`${given.receiptedId}\0`, 'latin1') },
    { tag: 0x0424, value: given.payload },
    { tag: 0x0427, value: Buffer.from([given.messageState]) },
    { tag: 0x0423, value: given.networkError },
  ];
}

/** Damaged copies of sound PDUs: octets changed, put in or taken out. */
const mutated = fc
  .record({
    frame: fc.constantFrom(...DELIVERIES.map(({ frame }) => frame)),
    changes: fc.array(fc.tuple(fc.nat(300), octet), { maxLength: 6 }),
    cut: fc.option(fc.nat(300)),
    inserted: fc.tuple(fc.nat(300), octets(8)),
  })
  .map(({ frame, changes, cut, inserted: [at, extra] }) => {
    const copy = Buffer.concat([frame.subarray(0, at), extra, frame.subarray(at)]);
    for (const [index, value] of changes) copy[16 + (index % (copy.length - 16))] = value;
    return copy.subarray(0, cut ?? copy.length);
  });

function decodeOrRefuse(frame: Buffer): Delivery | null {
  try {
    return decodeDelivery(frame);
  } catch (error) {
    if (error instanceof PduError) return null;
    throw error;
  }
}

describe('delivery', () => {
  for (const { name, frame, delivery } of DELIVERIES) {
    it(`reads ${name}`, () => assert.deepEqual(decodeDelivery(frame), delivery));
  }

  it('reads a deliver_sm that the library wrote, octets as they are', () => {
    fc.assert(
      fc.property(sequence, fields, (sequenceNumber, given) => {
        // A header alone, with its text in the other: below.
        fc.pre((given.esmClass & 0x40) === 0 || given.shortMessage[0] !== given.shortMessage.length - 1);
        const { shortMessage, payload } = given;
        const both = shortMessage.length > 0 && payload.length > 0;
        assert.deepEqual(decodeDelivery(libraryFrame('deliver_sm', sequenceNumber, given)), {
          command: 'deliver_sm',
          sequenceNumber,
          serviceType: given.serviceType,
          source: given.source,
          destination: given.destination,
          esmClass: given.esmClass,
          protocolId: given.protocolId,
          priorityFlag: given.priorityFlag,
          scheduleDeliveryTime: given.scheduleDeliveryTime,
          validityPeriod: given.validityPeriod,
          registeredDelivery: given.registeredDelivery,
          dataCoding: given.dataCoding,
          body: shortMessage.length > 0 ? shortMessage : payload,
          tlvs: tlvsOf(given),
          warnings: both ? ['message_payload beside a short_message was not used'] : [],
        });
      }),
    );
  });

  it('joins a user data header in short_message with its text in message_payload, and nothing else', () => {
    const read = (esmClass: number, short: number[]): Delivery =>
      decodeDelivery(
        encodePdu(
          'deliver_sm',
          { esm_class: esmClass, short_message: Buffer.from(short), message_payload: Buffer.from('pump 1') },
          1,
        ),
      );
    const joined = read(0x40, [5, 0, 3, 9, 2, 1]);
    assert.deepEqual(joined.body, Buffer.from('\x05\0\x03\x09\x02\x01pump 1', 'latin1'));
    assert.deepEqual([joined.tlvs, joined.warnings], [[], []], 'no octet twice');
    for (const [esmClass, short] of [
      [0, [5, 0, 3, 9, 2, 1]],
      [0x40, [5, 0, 3, 9, 2, 1, 0x61]],
      [0x40, [0]],
    ] as const) {
      const { body, warnings } = read(esmClass, [...short]);
      assert.deepEqual(body, Buffer.from(short));
      assert.match(warnings.join(), /message_payload beside a short_message was not used/);
    }
  });

  it('reads a data_sm that the library wrote', () => {
    fc.assert(
      fc.property(sequence, fields, (sequenceNumber, given) => {
        assert.deepEqual(decodeDelivery(libraryFrame('data_sm', sequenceNumber, given)), {
          command: 'data_sm',
          sequenceNumber,
          serviceType: given.serviceType,
          source: given.source,
          destination: given.destination,
          esmClass: given.esmClass,
          protocolId: 0,
          priorityFlag: 0,
          scheduleDeliveryTime: '',
          validityPeriod: '',
          registeredDelivery: given.registeredDelivery,
          dataCoding: given.dataCoding,
          body: given.payload,
          tlvs: tlvsOf(given),
          warnings: [],
        });
      }),
    );
  });

  it('refuses a PDU that ends inside its mandatory fields, wherever it ends', () => {
    const { frame } = DELIVERIES[2]!;
    const textStart = frame.length - 10;
    for (let end = 0; end < textStart; end++) assert.throws(() => decodeDelivery(frame.subarray(0, end)), PduError);
    assert.deepEqual(decodeDelivery(frame.subarray(0, textStart)).warnings, [
      'sm_length says 10 octets, the PDU has 0',
    ]);
  });

  it('refuses a PDU of another kind', () => {
    assert.throws(() => decodeDelivery(SUBMITS[0]!.frame), {
      code: 'SMPP_PDU',
      message: 'command_id 0x4 is no deliver_sm and no data_sm',
    });
  });

  it('reads or refuses damaged PDUs, and never reads past their end', () => {
    fc.assert(
      fc.property(mutated, (frame) => {
        const delivery = decodeOrRefuse(frame);
        if (delivery === null) return;
        const read = delivery.tlvs.reduce((sum, { value }) => sum + 4 + value.length, 0);
        assert.ok(read <= frame.length - 16);
        assert.ok(delivery.body.length <= frame.length - 16);
      }),
      { numRuns: 5000 },
    );
  });

  it('reads or refuses arbitrary octets', () => {
    fc.assert(
      fc.property(fc.constantFrom(COMMAND.deliver_sm, COMMAND.data_sm), octets(500), (id, body) => {
        const header = Buffer.alloc(16);
        header.writeUInt32BE(id, 4);
        decodeOrRefuse(Buffer.concat([header, body]));
        decodeOrRefuse(body);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes the longest PDUs, whatever they are filled with', () => {
    for (const filling of [0x00, 0x41, 0xff]) {
      const frame = Buffer.alloc(MAX_PDU_LENGTH, filling);
      frame.writeUInt32BE(COMMAND.deliver_sm, 4);
      decodeOrRefuse(frame);
    }
  });
});

describe('encodeDeliveryAnswer', () => {
  for (const [command, id] of [
    ['deliver_sm_resp', 0x05],
    ['data_sm_resp', 0x103],
  ] as const) {
    it(`writes what the library writes for a ${command}`, () => {
      for (const status of [0, 0x14, 0x64, 0x65]) {
        for (const sequence of [1, 0x7fffffff]) {
          assert.deepEqual(encodeDeliveryAnswer(id, sequence, status), encodePdu(command, {}, sequence, status));
        }
      }
    });
  }
});
