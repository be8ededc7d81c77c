import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { commandLength, sequenceNumber } from '../../src/smpp/commands';
import { MAX_PDU_LENGTH } from '../../src/smpp/framing';
import { PDU, tlvs as libraryTlvs } from '../../src/smpp/library';
import { PduError, type SubmitFields, type Tlv } from '../../src/smpp/pdu';
import { encodeSubmit, readMessageId, stampSequence } from '../../src/smpp/submit';
import { tlvsLength, writeTlvs } from '../../src/smpp/tlv';
import { SUBMIT_ANSWERS, SUBMITS } from './corpus';

const octet = fc.nat(255);
const octets = (maxLength: number) => fc.uint8Array({ maxLength }).map((value) => Buffer.from(value));
const asciiText = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 127 }), { maxLength }).map((codes) => String.fromCharCode(...codes));
const address = fc.record({ ton: octet, npi: octet, addr: asciiText(20) });

const instant = fc.date({
  min: new Date('2001-01-01T00:00:00Z'),
  max: new Date('2099-12-31T23:59:59Z'),
  noInvalidDate: true,
});
/** A Date and its absolute time in UTC (SMPP 3.4 section 7.1.1.1), exact to a tenth of a second. */
const absoluteTime = instant.map((date) => {
  const tenth = new Date(Math.floor(date.getTime() / 100) * 100);
  return { date: tenth, text: `${tenth.toISOString().replace(/\D/g, '').slice(2, 15)}00+` };
});
const time = fc.oneof(
  fc.constant(''),
  absoluteTime.map(({ text }) => text),
  fc.constant('000001023000000R'),
);

/** Parameters the library knows by name, with the value to give it and the octets it stands for. */
const NAMED: Record<string, fc.Arbitrary<{ given: unknown; value: Buffer }>> = {
  payload_type: octet.map((given) => ({ given, value: Buffer.from([given]) })),
  sar_total_segments: octet.map((given) => ({ given, value: Buffer.from([given]) })),
  sar_msg_ref_num: fc.nat(0xffff).map((given) => ({ given, value: Buffer.from([given >> 8, given & 0xff]) })),
  qos_time_to_live: fc.nat(0x7fffffff).map((given) => {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(given);
    return { given, value };
  }),
  source_subaddress: octets(23).map((value) => ({ given: value, value })),
  its_session_info: octets(2).map((value) => ({ given: value, value })),
  additional_status_info_text: asciiText(30).map((given) => ({ given, value: Buffer.from(`${given}\0`) })),
  source_node_id: asciiText(6).map((given) => ({ given, value: Buffer.from(given) })),
};
const namedTlvs = fc
  .record(NAMED, { requiredKeys: [] })
  .chain((given) => fc.shuffledSubarray(Object.entries(given)))
  .map((entries) => entries.flatMap(([name, entry]) => (entry ? [{ name, ...entry }] : [])));
const payload = fc.oneof(octets(300), fc.constant(Buffer.alloc(65535, 0x61)));

/** Tags the library does not know; it reads them back under their number. */
const customTlvs: fc.Arbitrary<Tlv[]> = fc.uniqueArray(
  fc.record({ tag: fc.integer({ min: 0x1400, max: 0x3fff }), value: octets(60) }),
  { selector: ({ tag }) => tag, maxLength: 5 },
);

const plainFields = {
  serviceType: asciiText(5),
  source: address,
  destination: address,
  esmClass: octet,
  protocolId: octet,
  priorityFlag: octet,
  scheduleDeliveryTime: time,
  validityPeriod: time,
  registeredDelivery: octet,
  dataCoding: octet,
};
const submitSm = fc.record({
  ...plainFields,
  operation: fc.constant('submit_sm' as const),
  shortMessage: octets(254),
  tlvs: fc.constant([]),
});
const dataSm = fc.record({
  ...plainFields,
  operation: fc.constant('data_sm' as const),
  shortMessage: fc.constant(Buffer.alloc(0)),
  tlvs: fc.constant([]),
});
const submit: fc.Arbitrary<SubmitFields> = fc.oneof(submitSm, dataSm);

/** The fields in the words of the library, which takes what its command does not have for nothing. */
function libraryFields(fields: SubmitFields): Record<string, unknown> {
  return {
    service_type: fields.serviceType,
    source_addr_ton: fields.source.ton,
    source_addr_npi: fields.source.npi,
    source_addr: fields.source.addr,
    dest_addr_ton: fields.destination.ton,
    dest_addr_npi: fields.destination.npi,
    destination_addr: fields.destination.addr,
    esm_class: fields.esmClass,
    protocol_id: fields.protocolId,
    priority_flag: fields.priorityFlag,
    schedule_delivery_time: fields.scheduleDeliveryTime,
    validity_period: fields.validityPeriod,
    registered_delivery: fields.registeredDelivery,
    data_coding: fields.dataCoding,
    short_message: fields.shortMessage,
  };
}

/** What the library writes, with parameters it does not know put behind it. */
function libraryFrame(fields: SubmitFields, named: Record<string, unknown>, custom: readonly Tlv[]): Buffer {
  const frame = new PDU(fields.operation, { ...libraryFields(fields), ...named }).toBuffer();
  const behind = Buffer.alloc(tlvsLength(custom));
  writeTlvs(behind, 0, custom);
  const whole = Buffer.concat([frame, behind]);
  whole.writeUInt32BE(whole.length, 0);
  return whole;
}

describe('submit', () => {
  for (const { name, frame, fields } of SUBMITS) {
    it(`writes ${name}`, () => assert.equal(encodeSubmit(fields).toString('hex'), frame.toString('hex')));
  }

  it('writes what the library writes, octet for octet', () => {
    fc.assert(
      fc.property(submit, namedTlvs, fc.option(payload), customTlvs, (fields, named, text, custom) => {
        const given = [...named, ...(text ? [{ name: 'message_payload', given: text, value: text }] : [])];
        const tlvs = [...given.map(({ name, value }) => ({ tag: libraryTlvs[name]!.id, value })), ...custom];
        const expected = libraryFrame(fields, Object.fromEntries(given.map((tlv) => [tlv.name, tlv.given])), custom);
        assert.ok(encodeSubmit({ ...fields, tlvs }).equals(expected));
      }),
      { numRuns: 500 },
    );
  });

  it('is read by the library with the values it was given', () => {
    // Binary and without a header, so that the library leaves the text alone.
    const binary = submit.map((fields) => ({ ...fields, dataCoding: 4, esmClass: fields.esmClass & ~0x43 }));
    fc.assert(
      fc.property(binary, absoluteTime, namedTlvs, payload, customTlvs, (fields, validity, named, text, custom) => {
        const tlvs = [
          ...named.map(({ name, value }) => ({ tag: libraryTlvs[name]!.id, value })),
          { tag: 0x0424, value: text },
          ...custom,
        ];
        const frame = encodeSubmit({ ...fields, scheduleDeliveryTime: '', validityPeriod: validity.text, tlvs });
        const read = new PDU(frame) as unknown as Record<string, unknown>;
        const expected: Record<string, unknown> = {
          ...libraryFields(fields),
          schedule_delivery_time: '',
          validity_period: validity.date,
          short_message: { message: fields.shortMessage },
          ...Object.fromEntries(named.map(({ name, given }) => [name, given])),
          message_payload: { message: text },
          ...Object.fromEntries(custom.map(({ tag, value }) => [String(tag), value])),
        };
        const absent =
          fields.operation === 'data_sm'
            ? ['protocol_id', 'priority_flag', 'schedule_delivery_time', 'validity_period', 'short_message']
            : [];
        for (const name of Object.keys(expected)) {
          assert.deepEqual(read[name], absent.includes(name) ? undefined : expected[name], name);
        }
        assert.deepEqual([read.command, read.sequence_number, read.command_status], [fields.operation, 0, 0]);
      }),
    );
  });

  it('gets its sequence number later, and nothing else changes', () => {
    const { frame, fields } = SUBMITS[0]!;
    const stamped = encodeSubmit(fields);
    stampSequence(stamped, 0x7fffffff);
    assert.equal(sequenceNumber(stamped), 0x7fffffff);
    stampSequence(stamped, 0);
    assert.deepEqual(stamped, frame);
  });

  const sound = SUBMITS[0]!.fields;
  const misfits: Record<string, Partial<SubmitFields>> = {
    'a short_message of 255 octets': { shortMessage: Buffer.alloc(255) },
    'a short_message in a data_sm': { operation: 'data_sm' },
    'an octet below 0': { esmClass: -1 },
    ...Object.fromEntries(
      (['esmClass', 'protocolId', 'priorityFlag', 'registeredDelivery', 'dataCoding'] as const).map((field) => [
        `${field} 256`,
        { [field]: 256 },
      ]),
    ),
    ...Object.fromEntries(
      (['source', 'destination'] as const).flatMap((field) => [
        [`TON 256 of the ${field}`, { [field]: { ton: 256, npi: 0, addr: '1' } }],
        [`NPI 256 of the ${field}`, { [field]: { ton: 0, npi: 256, addr: '1' } }],
      ]),
    ),
    'a NUL inside a string': { destination: { ton: 1, npi: 1, addr: '49\x00151' } },
    'a character above Latin-1': { source: { ton: 5, npi: 0, addr: 'नमस्ते' } },
    'a parameter above 65535 octets': { tlvs: [{ tag: 0x0424, value: Buffer.alloc(65536) }] },
    'more than a PDU can hold': { tlvs: [0x1400, 0x1401].map((tag) => ({ tag, value: Buffer.alloc(40000) })) },
  };
  for (const [what, misfit] of Object.entries(misfits)) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => encodeSubmit({ ...sound, ...misfit }),
        (error) => error instanceof PduError && error.code === 'SMPP_PDU',
      );
    });
  }

  it('fits a message_payload of 65535 octets and the library reads it', () => {
    const value = Buffer.alloc(65535, 0x42);
    const frame = encodeSubmit({
      ...sound,
      dataCoding: 4,
      shortMessage: Buffer.alloc(0),
      tlvs: [{ tag: 0x0424, value }],
    });
    assert.ok(frame.length <= MAX_PDU_LENGTH);
    assert.equal(commandLength(frame), frame.length);
    const read = new PDU(frame) as unknown as { message_payload: { message: Buffer } };
    assert.ok(read.message_payload.message.equals(value));
  });
});

describe('message id of an answer', () => {
  for (const { name, frame, messageId } of SUBMIT_ANSWERS) {
    it(`is read: ${name}`, () => assert.equal(readMessageId(frame), messageId));
  }

  it('is what the library put into the answer', () => {
    fc.assert(
      fc.property(fc.constantFrom('submit_sm_resp', 'data_sm_resp'), asciiText(65), (command, message_id) => {
        assert.equal(readMessageId(new PDU(command, { message_id }).toBuffer()), message_id || null);
      }),
    );
  });

  it('is a text or null, whatever the octets', () => {
    fc.assert(
      fc.property(octets(100), (frame) => {
        const id = readMessageId(frame);
        assert.ok(id === null || (id.length > 0 && id.length <= frame.length - 16 && !id.includes('\0')));
      }),
    );
  });
});
