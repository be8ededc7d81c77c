import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvalidInputError } from '../../src/base/errors';
import type { LongMessageMode, MessageProfile, MessageRequest, PreparedMessage } from '../../src/message/message';
import { prepareMessage, readOverrides } from '../../src/message/prepare';
import { messageProfile } from '../../src/pool/settings';
import { defaultSettings } from '../../src/pool/settings-table';
import { encodeSubmit } from '../../src/smpp/submit';
import { GSM7_CHARACTERS, readPart, reassemble, tlvOf } from './handset';
import { refusal } from './refusal';

const PROFILE: MessageProfile = messageProfile(defaultSettings());
const DLT = { peId: '1101172974420810001', templateId: '1107172974420810009', tmId: '1102172974420830004' };
const LONG = 'a'.repeat(400);

/** Fields of any type, as a flow gives them. */
type Given = Partial<Record<keyof MessageRequest, unknown>>;

function prepare(given: Given, profile: Partial<MessageProfile> = {}, reference = 0x1234): PreparedMessage {
  const request = { to: '447700900123', text: 'Hello', ...given } as MessageRequest;
  return prepareMessage(request, { ...PROFILE, ...profile }, reference);
}

function refused(given: Given, field: string, message: RegExp, profile: Partial<MessageProfile> = {}): void {
  assert.throws(() => prepare(given, profile), refusal(field, message));
}

describe('A prepared message', () => {
  it('is one submit_sm with the defaults of the contract', () => {
    assert.deepEqual(prepare({}), {
      to: '447700900123',
      from: '',
      encoding: 'gsm7',
      dataCoding: 0,
      urgent: false,
      validity: undefined,
      receipt: true,
      warnings: [],
      segments: [
        {
          operation: 'submit_sm',
          serviceType: '',
          source: { ton: 0, npi: 0, addr: '' },
          destination: { ton: 1, npi: 1, addr: '447700900123' },
          esmClass: 0,
          protocolId: 0,
          priorityFlag: 0,
          scheduleDeliveryTime: '',
          validityPeriod: '',
          registeredDelivery: 1,
          dataCoding: 0,
          shortMessage: Buffer.from('Hello'),
          tlvs: [],
        },
      ],
    });
  });

  it('has every setting where SMPP has it', () => {
    const prepared = prepare({
      from: 'ALERTS',
      priority: 'urgent',
      validity: '3600',
      schedule: '2030-01-31T09:00:00Z',
      serviceType: 'CMT',
      protocolId: '64',
      flash: true,
      sourceTon: 0,
      destNpi: 6,
    });
    const { source, destination, ...rest } = prepared.segments[0]!;
    assert.deepEqual(source, { ton: 0, npi: 0, addr: 'ALERTS' });
    assert.deepEqual(destination, { ton: 1, npi: 6, addr: '447700900123' });
    assert.deepEqual(rest, {
      operation: 'submit_sm',
      serviceType: 'CMT',
      esmClass: 0,
      protocolId: 64,
      priorityFlag: 1,
      scheduleDeliveryTime: '300131090000000+',
      validityPeriod: '000000010000000R',
      registeredDelivery: 1,
      dataCoding: 0x10,
      shortMessage: Buffer.from('Hello'),
      tlvs: [],
    });
    assert.deepEqual([prepared.urgent, prepared.validity, prepared.dataCoding], [true, { seconds: 3600 }, 0x10]);
  });

  it('asks for receipts in four forms', () => {
    const forms = (['none', 'final', 'failure', 'intermediate'] as const).map((receipt) => prepare({ receipt }));
    assert.deepEqual(
      forms.map(({ segments }) => segments[0]!.registeredDelivery),
      [0, 1, 2, 17],
    );
    assert.deepEqual(
      forms.map(({ receipt }) => receipt),
      [false, true, true, true],
    );
  });

  it('sends numbers and booleans as text and a Buffer as binary', () => {
    assert.equal(reassemble(prepare({ text: 42.5 }).segments), '42.5');
    assert.equal(reassemble(prepare({ text: false }).segments), 'false');
    for (const encoding of ['auto', 'binary'] as const) {
      const prepared = prepare({ text: Buffer.from([0, 0x1b, 255]), encoding });
      assert.deepEqual([prepared.encoding, prepared.dataCoding], ['binary', 4]);
      assert.equal(reassemble(prepared.segments), '001bff');
    }
    refused(
      { text: Buffer.from('x'), encoding: 'gsm7' },
      'encoding',
      /^encoding: a Buffer is sent as binary and gsm7 is asked for;/,
    );
  });

  it('is refused without a text', () => {
    for (const text of [undefined, null]) refused({ text }, 'text', /^text: there is none$/);
    for (const given of [
      { text: '' },
      { text: Buffer.alloc(0) },
      { text: ' ', encoding: 'binary' },
      { text: '\u200b', smartEncoding: true },
    ]) {
      refused(given, 'text', /^text: it is empty; give a text$/);
    }
  });

  it('is refused by its length alone where no encoding can hold it', () => {
    const asked: Given[] = [
      { text: '“'.repeat(10_000_000), smartEncoding: true, longMessage: 'payload' },
      { text: Buffer.alloc(65_536), longMessage: 'payload' },
      ...['gsm7', 'latin1', 'ucs2', 'binary'].map((encoding) => ({ text: 'ab '.repeat(1_000_000), encoding })),
    ];
    for (const given of asked) refused(given, 'text', /are too long: whatever the encoding, at most \d+ can be sent;/);
    const dump = 'ab '.repeat(65_535);
    assert.equal(prepare({ text: dump, encoding: 'binary', longMessage: 'payload' }).segments.length, 1);
  });

  it('asks for a reference only where it has several segments', () => {
    const asked: string[] = [];
    const reference = (to: string): number => asked.push(to);
    const request = { to: '+44 7700 900123', text: 'Hello' };
    prepareMessage(request, PROFILE, reference);
    prepareMessage({ ...request, text: LONG }, PROFILE, reference);
    assert.deepEqual(asked, ['447700900123']);
  });

  it("takes numbers of the pool's country as they are written there", () => {
    assert.equal(prepare({ to: '09876543210' }, { country: 'IN' }).to, '919876543210');
    refused({ to: '01111111111' }, 'to', /is no valid number of India/, { country: 'IN' });
  });

  it('gathers every warning', () => {
    const { warnings } = prepare({
      to: '9876543210',
      text: '’',
      smartEncoding: true,
      schedule: '2030-01-31T09:00:00',
      peId: '1',
    });
    assert.equal(warnings.length, 4);
    for (const [i, word] of ['Iran, +98', 'smartEncoding', 'time zone', 'peId'].entries())
      assert.ok(warnings[i]!.includes(word));
  });
});

describe('The segments of a prepared message', () => {
  it('say by a user data header with an 8-bit reference where they belong', () => {
    const { segments } = prepare({ text: LONG });
    assert.deepEqual(
      segments.map(({ esmClass, shortMessage }) => [esmClass, shortMessage.subarray(0, 6).toString('hex')]),
      [
        [0x40, '050003340301'],
        [0x40, '050003340302'],
        [0x40, '050003340303'],
      ],
    );
  });

  it('say it by one with a 16-bit reference', () => {
    const { segments } = prepare({ text: LONG, longMessage: 'udh16' });
    assert.deepEqual(
      segments.map(({ esmClass, shortMessage }) => [esmClass, shortMessage.subarray(0, 7).toString('hex')]),
      [
        [0x40, '06080412340301'],
        [0x40, '06080412340302'],
        [0x40, '06080412340303'],
      ],
    );
  });

  it('say it by TLVs', () => {
    const { segments } = prepare({ text: LONG, longMessage: 'sar' });
    assert.deepEqual(
      segments.map(({ esmClass, tlvs }) => [
        esmClass,
        tlvs.map(({ tag, value }) => `${tag.toString(16)}=${value.toString('hex')}`).join(),
      ]),
      [
        [0, '20c=1234,20e=03,20f=01'],
        [0, '20c=1234,20e=03,20f=02'],
        [0, '20c=1234,20e=03,20f=03'],
      ],
    );
  });

  it('are one message_payload where that is asked for and one short_message does not do', () => {
    const [segment, ...others] = prepare({ text: LONG, longMessage: 'payload' }).segments;
    assert.deepEqual(others, []);
    assert.equal(segment!.shortMessage.length, 0);
    assert.equal(tlvOf(segment!, 0x0424)!.length, 400);
    assert.deepEqual(prepare({ longMessage: 'payload' }).segments[0]!.tlvs, []);
  });

  it('all carry the DLT ids and the custom TLVs', () => {
    for (const longMessage of ['udh', 'udh16', 'sar'] as const) {
      const { segments } = prepare({
        ...DLT,
        text: LONG,
        longMessage,
        tlvs: [{ tag: '1403', type: 'int8', value: 7 }],
      });
      assert.equal(segments.length, 3);
      for (const segment of segments) {
        const values = [0x1400, 0x1401, 0x1402, 0x1403].map((tag) => tlvOf(segment, tag)?.toString('latin1'));
        assert.deepEqual(values, [DLT.peId, DLT.templateId, DLT.tmId, '\u0007']);
      }
    }
  });

  it('give the text back: every alphabet, every way to cut, never more octets than a message has', () => {
    const gsm7 = fc.string({ unit: fc.constantFrom(...GSM7_CHARACTERS), maxLength: 700, size: 'max' });
    const latin1 = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 500,
      size: 'max',
    });
    const ucs2 = fc.string({
      unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.constantFrom('न', '😀', '\ud83d')),
      maxLength: 300,
      size: 'max',
    });
    const hex = fc.uint8Array({ maxLength: 500, size: 'max' }).map((octets) => Buffer.from(octets).toString('hex'));
    const content = fc.oneof(
      fc.record({ text: fc.oneof(gsm7, ucs2), encoding: fc.constant('auto' as const) }),
      fc.record({ text: gsm7, encoding: fc.constant('gsm7' as const) }),
      fc.record({ text: latin1, encoding: fc.constant('latin1' as const) }),
      fc.record({ text: fc.oneof(gsm7, ucs2), encoding: fc.constant('ucs2' as const) }),
      fc.record({ text: hex, encoding: fc.constant('binary' as const) }),
    );
    const way = fc.record({
      longMessage: fc.constantFrom<LongMessageMode>('udh', 'udh16', 'sar', 'payload'),
      operation: fc.constantFrom('submit_sm' as const, 'data_sm' as const),
    });
    fc.assert(
      fc.property(content, way, fc.integer({ min: 0, max: 0xffff }), ({ text, encoding }, how, reference) => {
        fc.pre(text !== '');
        const { segments, encoding: sentAs } = prepare({ text, encoding, ...how }, {}, reference);
        assert.equal(reassemble(segments), text);
        const most = sentAs === 'gsm7' ? 160 : 140;
        for (const segment of segments) {
          if (how.longMessage !== 'payload') assert.ok(readPart(segment).octets <= most);
          assert.ok(segment.shortMessage.length <= 254);
          encodeSubmit(segment);
        }
        if (segments.length > 1) {
          const expected = how.longMessage === 'udh' ? reference & 0xff : reference;
          assert.equal(readPart(segments[0]!).reference, expected);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('A data_sm', () => {
  it('has its text in message_payload, short or long', () => {
    for (const [text, count] of [
      ['Hello', 1],
      [LONG, 3],
    ] as const) {
      const { segments } = prepare({ text, operation: 'data_sm' });
      assert.equal(segments.length, count);
      for (const segment of segments) {
        assert.equal(segment.operation, 'data_sm');
        assert.equal(segment.shortMessage.length, 0);
        assert.equal(segment.esmClass, count === 1 ? 0 : 0x40);
        assert.ok(tlvOf(segment, 0x0424)!.length <= 160);
      }
    }
  });

  it('has its validity in qos_time_to_live', () => {
    const [segment] = prepare({ operation: 'data_sm', validity: 3600 }).segments;
    assert.equal(segment!.validityPeriod, '');
    assert.equal(tlvOf(segment!, 0x0017)!.toString('hex'), '00000e10');
    const row = [{ tag: '0017', type: 'int32', value: 1 }];
    refused(
      { operation: 'data_sm', validity: 3600, tlvs: row },
      'tlvs',
      /row 1 \(0017\): .*validity is sent in it with data_sm/,
    );
    assert.equal(tlvOf(prepare({ operation: 'data_sm', tlvs: row }).segments[0]!, 0x0017)!.toString('hex'), '00000001');
  });

  it('cannot be scheduled and says that it has no protocol id', () => {
    refused(
      { operation: 'data_sm', schedule: '2030-01-31T09:00:00Z' },
      'schedule',
      /^schedule: data_sm has no schedule_delivery_time; leave it blank or set operation to "submit_sm"$/,
    );
    assert.deepEqual(prepare({ operation: 'data_sm', protocolId: 64 }).warnings, [
      'protocolId is not sent: data_sm has no such field',
    ]);
  });
});

describe('What the pool says of every message', () => {
  const pool = { from: 'PUMPCO', peId: DLT.peId, tmId: DLT.tmId };

  it('counts where the message says nothing', () => {
    const { from, segments } = prepare({ from: '', peId: undefined, tmId: null }, pool);
    assert.equal(from, 'PUMPCO');
    assert.equal(tlvOf(segments[0]!, 0x1400)?.toString(), DLT.peId);
    assert.equal(tlvOf(segments[0]!, 0x1402)?.toString(), DLT.tmId);
  });

  it('gives way to what the message says', () => {
    const { from, segments } = prepare({ from: 'ALERTS', peId: '1101172974420810002' }, pool);
    assert.equal(from, 'ALERTS');
    assert.equal(tlvOf(segments[0]!, 0x1400)?.toString(), '1101172974420810002');
  });
});

describe('On a pool of SMPP 3.3', () => {
  const old = { version: '3.3' } as const;

  it('short and long messages go without TLVs', () => {
    for (const longMessage of ['udh', 'udh16'] as const) {
      const { segments } = prepare({ text: LONG, longMessage }, old);
      assert.equal(segments.length, 3);
      assert.ok(segments.every(({ tlvs }) => tlvs.length === 0));
    }
    for (const longMessage of ['sar', 'payload'] as const)
      assert.equal(prepare({ longMessage }, old).segments[0]!.tlvs.length, 0);
  });

  it('a message that needs a TLV is refused, and the text says so', () => {
    const says = /the pool speaks SMPP 3\.3, which has no TLVs, and .* or set the pool's version to 3\.4$/;
    refused({ peId: DLT.peId }, 'peId', says, old);
    refused({ tmId: DLT.tmId }, 'tmId', says, old);
    refused({}, 'tmId', says, { ...old, tmId: DLT.tmId });
    refused({ tlvs: [{ tag: '1403', type: 'int8', value: 1 }] }, 'tlvs', says, old);
    refused({ operation: 'data_sm' }, 'operation', says, old);
    refused({ text: LONG, longMessage: 'sar' }, 'longMessage', says, old);
    refused({ text: LONG, longMessage: 'payload' }, 'longMessage', says, old);
  });
});

describe('A request that can never be sent', () => {
  it('names the field, what is wrong with it, and the remedy', () => {
    refused({ to: '' }, 'to', /^to: there is no recipient; give a phone number$/);
    refused({ from: 'much too long a name' }, 'from', /shorten it$/);
    for (const text of [NaN, Infinity, {}, [], new Date(), Symbol('x')]) {
      refused({ text }, 'text', /^text: .* cannot be sent; give a string, a number, a boolean or a Buffer$/);
    }
    refused(
      { encoding: 'utf8' },
      'encoding',
      /^encoding: "utf8" is not known; use one of auto, gsm7, latin1, ucs2, binary$/,
    );
    refused(
      { encoding: 'gsm7', text: 'न' },
      'text',
      /^text: "न" \(U\+0928\) at position 1 is not in the GSM 7-bit alphabet;/,
    );
    refused(
      { smartEncoding: 'yes' },
      'smartEncoding',
      /^smartEncoding: "yes" is neither true nor false; give a boolean$/,
    );
    refused(
      { longMessage: 1 },
      'longMessage',
      /^longMessage: 1 is not known; use one of udh, udh16, sar, payload, reject$/,
    );
    refused({ longMessage: 'reject', text: LONG }, 'text', /longMessage is "reject"/);
    refused(
      { operation: 'submit_multi' },
      'operation',
      /^operation: "submit_multi" is not known; use one of submit_sm, data_sm$/,
    );
    refused(
      { receipt: true },
      'receipt',
      /^receipt: true is not known; use one of none, final, failure, intermediate$/,
    );
    refused({ priority: 1 }, 'priority', /^priority: 1 is not known; use one of normal, urgent$/);
    refused({ validity: -5 }, 'validity', /^validity: -5 is not a number of seconds/);
    refused({ schedule: 'soon' }, 'schedule', /^schedule: "soon" is not an ISO 8601 time;/);
    refused({ flash: 1 }, 'flash', /^flash: 1 is neither true nor false;/);
    refused({ flash: true, encoding: 'latin1' }, 'flash', /^flash: a latin1 message has no flash form;/);
    refused({ protocolId: 256 }, 'protocolId', /^protocolId: 256 is not a whole number from 0 to 255;/);
    refused(
      { serviceType: 'CMTCMT' },
      'serviceType',
      /^serviceType: "CMTCMT" is not at most 5 ASCII characters; shorten it$/,
    );
    refused({ serviceType: 'é' }, 'serviceType', /is not at most 5 ASCII characters/);
    refused({ sourceTon: 1.5 }, 'sourceTon', /^sourceTon: 1.5 is not a whole number/);
    refused({ tlvs: 'x' }, 'tlvs', /^tlvs: "x" is no list;/);
    refused({}, 'peId', /^peId, templateId, tmId: the pool requires all three DLT ids;/, { dltRequired: true });
  });

  it('shows a long value shortened', () => {
    refused({ schedule: 'x'.repeat(10_000) }, 'schedule', /^.{50,150}$/);
  });

  it('may not repeat a DLT id as a custom TLV, unless no id is in its place', () => {
    const tlvs = [{ tag: '1400', type: 'octets', value: 'x' }];
    refused({ ...DLT, tlvs }, 'tlvs', /row 1 \(1400\): .*it carries a DLT id/);
    assert.equal(tlvOf(prepare({ tlvs }).segments[0]!, 0x1400)!.toString(), 'x');
  });

  it('may not have more TLVs than a PDU holds', () => {
    const tlvs = [1, 2].map((tag) => ({ tag: String(tag), type: 'octets', value: 'x'.repeat(40_000) }));
    refused({ tlvs }, 'tlvs', /^tlvs: a PDU of \d+ octets is too long, 66560 are possible; shorten the TLVs$/);
  });

  it('leaves room for the longest payload beside the longest DLT ids', () => {
    const id = '1'.repeat(254);
    const longest = {
      peId: id,
      templateId: id,
      tmId: id,
      text: 'a'.repeat(65535),
      longMessage: 'payload',
      validity: 60,
    };
    for (const operation of ['submit_sm', 'data_sm'] as const) {
      const { segments } = prepare(
        { ...longest, operation, serviceType: 'ABCDE', from: 'ABCDEFGHIJK' },
        { dltFormat: 'cstring' },
      );
      assert.ok(encodeSubmit(segments[0]!).length > 66_000);
    }
  });

  it('fails as invalid and in no other way, whatever its fields are', () => {
    const fields = [
      'to',
      'from',
      'text',
      'peId',
      'templateId',
      'tmId',
      'encoding',
      'smartEncoding',
      'longMessage',
      'operation',
      'receipt',
      'priority',
      'validity',
      'schedule',
      'flash',
      'tlvs',
      'serviceType',
      'protocolId',
      'sourceTon',
      'sourceNpi',
      'destTon',
      'destNpi',
    ];
    const plausible = fc.constantFrom(
      '',
      '1',
      'binary',
      'true',
      'data_sm',
      '2030-01-31T09:00:00Z',
      0,
      1,
      2 ** 53,
      true,
      null,
      Buffer.from('x'),
      new Date(0),
    );
    const row = fc.record({
      tag: fc.oneof(fc.constant('1403'), fc.anything()),
      type: fc.oneof(fc.constantFrom('octets', 'hex', 'int8'), fc.anything()),
      value: fc.anything(),
    });
    const value = fc.oneof(
      fc.anything({ withDate: true, withTypedArray: true, withBigInt: true, withNullPrototype: true }),
      plausible,
      fc.array(row),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 4 }),
        fc.constantFrom('3.4' as const, '3.3' as const),
        (given, version) => {
          try {
            for (const segment of prepare(given as Given, { version }).segments) encodeSubmit(segment);
          } catch (error) {
            assert.ok(error instanceof InvalidInputError, String((error as Error).stack));
            assert.ok(fields.includes(error.field), error.field);
            assert.ok(error.message.startsWith(error.field), error.message);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('The settings in msg.sms', () => {
  it('are taken as they are, without those that are not set', () => {
    assert.deepEqual(readOverrides({ from: 'X', flash: true, validity: undefined, schedule: null, serviceType: '' }), {
      from: 'X',
      flash: true,
      serviceType: '',
    });
    for (const none of [undefined, null, '', {}]) assert.deepEqual(readOverrides(none), {});
  });

  it('are all those of the contract', () => {
    const keys = [
      'from',
      'encoding',
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
    const all = Object.fromEntries(keys.map((key) => [key, 0]));
    assert.deepEqual(readOverrides(all), all);
  });

  it('with an unknown key are refused by its name, with the names there are', () => {
    const names = /^sms: "colour" is not a setting; the settings are from, encoding, .*, protocolId$/;
    assert.throws(() => readOverrides({ from: 'X', colour: 1 }), refusal('sms', names));
    for (const key of ['to', 'text', 'peId', '__proto__', 'constructor']) {
      const given = JSON.parse(`{"${key}": 1}`) as unknown;
      assert.throws(() => readOverrides(given), refusal('sms', new RegExp(`^sms: "${key}" is not a setting`)));
    }
  });

  it('are an object', () => {
    for (const value of ['flash', 7, true, [], Buffer.from('x'), new Date(0)]) {
      assert.throws(
        () => readOverrides(value),
        refusal('sms', /^sms: .* is no object of settings; give one such as \{"flash": true\}$/),
      );
    }
  });
});
