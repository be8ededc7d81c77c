import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classify } from '../../src/receipt/classify';
import { parseReceipt } from '../../src/receipt/parse';
import type { Receipt } from '../../src/receipt/receipt';
import type { Delivery } from '../../src/smpp/pdu';
import { delivery, tlv, ucs2 } from './delivery';

const UTC = { timezone: 'UTC' };

function parse(body: string | Buffer, fields?: Parameters<typeof delivery>[1]): Receipt {
  return parseReceipt(delivery(body, fields), UTC);
}

/** id(s) | state F(inal) or N(ot) | group | status | error | submitted | done, times as hh:mm:ss of 15 July 2026. */
function brief(receipt: Receipt): string {
  const { messageIds, state, final, group, status, error, submittedAt, doneAt } = receipt;
  return [
    messageIds.join(','),
    `${state} ${final ? 'F' : 'N'}`,
    group,
    status,
    error,
    clock(submittedAt),
    clock(doneAt),
  ]
    .map((field) => field ?? '-')
    .join(' | ');
}

function clock(date: string | null): string {
  return date === null ? '-' : date.replace('2026-07-15T', '').replace('.000Z', '');
}

type Sample = [what: string, body: string | Buffer, expected: string, fields?: Parameters<typeof delivery>[1]];

const TIMES = 'submit date:2607151040 done date:2607151041';
const READ = '10:40:00 | 10:41:00';

const samples: Sample[] = [
  [
    'dates with a blank before the time, and commas between the fields',
    'id:77, submit date:2026-07-15 10:40:00, done date:2026-07-15T10:41:00Z, stat:DELIVRD, err:000',
    `77, | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'the form of the specification',
    `id:0123456789 sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:000 text:Pump 3 alarm`,
    `0123456789 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'a capital text label',
    `id:0123456789 sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:000 Text:Pump 3 alarm`,
    `0123456789 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'an id with leading zeros',
    `id:0000000012345678 sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:000 text:none`,
    `0000000012345678 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'a UUID, years of four digits, no counts and no text',
    'id:c87c2273-7edb-4bc7-8d3a-7f57f21b625e submit date:202607151040 done date:202607151041 stat:DELIVRD err:000',
    `c87c2273-7edb-4bc7-8d3a-7f57f21b625e | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'an accepted one whose text says DLVRD',
    'id:1234567890 sub:001 dlvrd:001 submit date:20260715104012 done date:20260715104140 stat:ACCEPTD err:000 Text:450A DLVRD TO SMSC',
    '1234567890 | ACCEPTED N | pending | ACCEPTD | 000 | 10:40:12 | 10:41:40',
  ],
  [
    'dates of two widths and an error that looks hexadecimal',
    'id:77 sub:001 dlvrd:000 submit date:2607151040 done date:260715104140 stat:UNDELIV err:00B text:',
    '77 | UNDELIVERABLE F | unexplained | UNDELIV | 00B | 10:40:00 | 10:41:40',
  ],
  [
    'dates without the space',
    `id:77-ab submitdate:2607151040 donedate:0000000000 stat:DELIVRD err:0`,
    '77-ab | DELIVERED F | delivered | DELIVRD | 0 | 10:40:00 | -',
  ],
  [
    'capitals and underscores',
    'Id:77 Sub:001 Dlvrd:001 Submit_Date:2607151040 Done_Date:2607151041 Stat:DELIVRD Err:000 Text:x',
    `77 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'underscores of the GSM alphabet',
    'Id:77 Submit\x11Date:2607151040 Done\x11Date:2607151041 Stat:DELIVRD Err:000',
    `77 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'a decimal id of a hexadecimal submit',
    'id:653313185 submit date:2607151040 done date:2607151040 stat:DELIVRD err:000',
    '653313185 | DELIVERED F | delivered | DELIVRD | 000 | 10:40:00 | 10:40:00',
  ],
  ['id and stat alone', 'id:77 stat:REJECTD', '77 | REJECTED F | submission | REJECTD | - | - | -'],
  [
    'an escape octet in the text and TLVs of a vendor',
    `id:117062714244798261 sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:0000 text:H\x1bello`,
    `117062714244798261 | DELIVERED F | delivered | DELIVRD | 0000 | ${READ}`,
    { tlvs: [tlv(0x1454, 'x'), tlv(0x1418, [])] },
  ],
  [
    'an error "null"',
    `id:77 sub:001 dlvrd:000 ${TIMES} stat:UNDELIV err:null text:x`,
    `77 | UNDELIVERABLE F | unexplained | UNDELIV | null | ${READ}`,
  ],
  [
    'a space after the colon',
    `id:77 sub:001 dlvrd:000 ${TIMES} stat:UNDELIV err: 0 text:x`,
    `77 | UNDELIVERABLE F | unexplained | UNDELIV | 0 | ${READ}`,
  ],
  [
    'spaces around every colon',
    'id : 77  stat :  UNDELIV  err : 010',
    '77 | UNDELIVERABLE F | temporary | UNDELIV | 010 | - | -',
  ],
  [
    'dlvrd 001 of a failure and a done date of zeros',
    'id:1216071510401720001 sub:001 dlvrd:001 submit date:2607151040 done date:0000000000 stat:FAILED err:014 Text:',
    '1216071510401720001 | UNDELIVERABLE F | temporary | FAILED | 014 | 10:40:00 | -',
  ],
  [
    'a hyphen in the word',
    `id:1701260715104012345 sub:001 dlvrd:000 ${TIMES} stat:INVALID-SUB err:001 text:`,
    `1701260715104012345 | UNDELIVERABLE F | number | INVALID-SUB | 001 | ${READ}`,
  ],
  [
    'a DLT refusal',
    `id:1701260715104012345 sub:001 dlvrd:000 ${TIMES} stat:DLT-INV-TMID err:780 text:`,
    `1701260715104012345 | REJECTED F | dlt | DLT-INV-TMID | 780 | ${READ}`,
  ],
  [
    'a word that the number corrects',
    `id:1701260715104012345 sub:001 dlvrd:000 ${TIMES} stat:NET-ERR err:019 text:`,
    `1701260715104012345 | REJECTED F | submission | NET-ERR | 019 | ${READ}`,
  ],
  [
    'a word and a number nobody knows',
    `id:1701260715104012345 sub:001 dlvrd:000 ${TIMES} stat:MYSTERY-WORD err:999 text:`,
    `1701260715104012345 | UNKNOWN F | unknown | MYSTERY-WORD | 999 | ${READ}`,
  ],
  [
    'a colon behind the word',
    `id:77 sub:001 dlvrd:000 ${TIMES} stat:ENROUTE: err:000 text:`,
    `77 | ENROUTE N | pending | ENROUTE | 000 | ${READ}`,
    { esmClass: 0x20 },
  ],
  [
    'a colon inside the word',
    `id:77 sub:001 dlvrd:000 ${TIMES} stat:RT:0148 err:148 text:`,
    `77 | UNKNOWN F | unknown | RT:0148 | 148 | ${READ}`,
  ],
  [
    'labels in the text',
    `id:77 sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:000 text:id:99 stat:UNDELIV`,
    `77 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'ids of text and TLV in different radix, and a trailing NUL',
    `id:0000436949 sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:000 text:x\0`,
    `0000436949,6aad5 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
    { tlvs: [tlv(0x001e, '6aad5\0')] },
  ],
  [
    'an empty id beside a TLV',
    `id: sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:000 text:x`,
    `77 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
    { tlvs: [tlv(0x001e, '77')] },
  ],
  [
    'commas instead of labels',
    '00,1507261041,1507260040,,919800000001,10110200000000,pump3',
    ' | UNKNOWN F | unknown | - | - | - | -',
  ],
  [
    'another order',
    `stat:UNDELIV done date:2607151041 err:408 id:77 submit date:2607151040`,
    `77 | UNDELIVERABLE F | policy | UNDELIV | 408 | ${READ}`,
  ],
  [
    'line breaks and tabs',
    'id:77\r\nstat:DELIVRD\r\nerr:000\tdone date:2607151041\n',
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | 10:41:00',
  ],
  [
    'lower case words, double spaces and 0x',
    `id:0x1F  stat:delivrd  err:0`,
    '0x1F | DELIVERED F | delivered | delivrd | 0 | - | -',
  ],
  [
    'fields of a vendor behind err',
    'id:77 stat:UNDELIV err:010 IMSI:206010000000001 MSC:32495000000 MCCMNC:20601',
    '77 | UNDELIVERABLE F | temporary | UNDELIV | 010 | - | -',
  ],
  [
    'a field "state" and a reference',
    'id:77 state:5 stat:DELIVRD err:000 user_message_reference:12',
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | -',
  ],
  [
    'SMPP absolute times',
    'id:77 submit date:260715104000000+ done date:260715124100008+ stat:DELIVRD err:000',
    `77 | DELIVERED F | delivered | DELIVRD | 000 | ${READ}`,
  ],
  [
    'a long word with an underscore',
    'id:77 stat:DND_REJECTED err:408',
    '77 | REJECTED F | policy | DND_REJECTED | 408 | - | -',
  ],
  ['DELIVRD with an error', 'id:77 stat:DELIVRD err:001 text:', '77 | DELIVERED F | delivered | DELIVRD | 001 | - | -'],
  [
    'labels twice: the first counts',
    'id:77 id:78 stat:UNDELIV stat:DELIVRD err:010 err:000',
    '77 | UNDELIVERABLE F | temporary | UNDELIV | 010 | - | -',
  ],
  ['empty values', 'id: stat: err: submit date: done date: text:', ' | UNKNOWN F | unknown | - | - | - | -'],
  [
    'UCS-2',
    ucs2('id:77 stat:DELIVRD err:000 text:नमस्ते\0'),
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | -',
    { dataCoding: 8 },
  ],
  [
    'UCS-2 marked as the default alphabet',
    ucs2('id:77 stat:DELIVRD err:000'),
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | -',
  ],
  [
    'single octets marked as UCS-2',
    'id:77 stat:DELIVRD err:000 text:',
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | -',
    { dataCoding: 8 },
  ],
  [
    'a user data header',
    Buffer.concat([Buffer.from([5, 0, 3, 9, 1, 1]), Buffer.from('id:77 stat:DELIVRD err:000')]),
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | -',
    { esmClass: 0x44 },
  ],
  [
    'a header that is announced and missing',
    'id:77 stat:DELIVRD err:000',
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | -',
    { esmClass: 0x44 },
  ],
  [
    'data_sm',
    'id:77 stat:DELIVRD err:000',
    '77 | DELIVERED F | delivered | DELIVRD | 000 | - | -',
    { command: 'data_sm' },
  ],
  [
    'TLVs alone',
    '',
    '77 | UNDELIVERABLE F | temporary | - | 10 | - | -',
    { tlvs: [tlv(0x001e, '77\0'), tlv(0x0427, [5]), tlv(0x0423, [3, 0, 10])] },
  ],
  [
    'TLVs alone, delivered',
    '',
    '77 | DELIVERED F | delivered | - | 0 | - | -',
    { tlvs: [tlv(0x001e, '77'), tlv(0x0427, [2]), tlv(0x0423, [3, 0, 0])] },
  ],
  [
    'TLVs alone, on its way',
    '',
    '77 | ENROUTE N | pending | - | - | - | -',
    { tlvs: [tlv(0x001e, '77\0'), tlv(0x0427, [1])] },
  ],
  [
    'TLVs of wrong lengths',
    'id:77 stat:UNDELIV',
    '77 | UNDELIVERABLE F | unexplained | UNDELIV | - | - | -',
    { tlvs: [tlv(0x001e, []), tlv(0x0427, [0, 2]), tlv(0x0423, [10])] },
  ],
  [
    'an id repeated in the TLVs',
    'id:77 stat:DELIVRD',
    '77,78 | DELIVERED F | delivered | DELIVRD | - | - | -',
    { tlvs: [tlv(0x001e, '77\0\0'), tlv(0x001e, '78\0rubbish'), tlv(0x001e, '78')] },
  ],
  [
    'an intermediate failure',
    'id:77 stat:UNDELIV err:010',
    '77 | UNDELIVERABLE N | temporary | UNDELIV | 010 | - | -',
    { esmClass: 0x20 },
  ],
];

describe('parseReceipt', () => {
  for (const [what, body, expected, fields] of samples) {
    it(`reads a receipt with ${what}`, () => assert.equal(brief(parse(body, fields)), expected));
  }

  it('takes every sample for a receipt', () => {
    for (const [what, body, , fields] of samples) assert.equal(classify(delivery(body, fields)), 'receipt', what);
  });

  it('keeps the text as it came, but for trailing NULs and the header', () => {
    assert.equal(parse('id:77 stat:DELIVRD text:H\x1b\xe9\0\0').raw, 'id:77 stat:DELIVRD text:H\x1b\xe9');
    assert.equal(parse(ucs2('id:77 stat:DELIVRD text:नमस्ते'), { dataCoding: 8 }).raw, 'id:77 stat:DELIVRD text:नमस्ते');
    assert.equal(parse(Buffer.from([5, 0, 3, 9, 1, 1, 0x69]), { esmClass: 0x44 }).raw, 'i');
    assert.equal(parse('').raw, '');
  });

  it('reads dates in the zone it is given', () => {
    const receipt = parseReceipt(delivery(`id:77 ${TIMES} stat:DELIVRD`), { timezone: 'Asia/Kolkata' });
    assert.equal(receipt.submittedAt, '2026-07-15T05:10:00.000Z');
    assert.equal(receipt.doneAt, '2026-07-15T05:11:00.000Z');
  });

  const odd: [what: string, warning: RegExp, receipt: () => Receipt][] = [
    [
      'an unknown time zone',
      /time zone "Nowhere" is unknown/,
      () => parseReceipt(delivery('id:7 stat:DELIVRD'), { timezone: 'Nowhere' }),
    ],
    [
      'a date that cannot be read',
      /submit date "tomorrow" cannot be read/,
      () => parse('id:7 submit date:tomorrow stat:DELIVRD'),
    ],
    ['a missing id', /no message id/, () => parse('stat:DELIVRD')],
    ['an unknown word', /no code table knows status MYSTERY with error 999/, () => parse('id:7 stat:MYSTERY err:999')],
    ['a delivery with an error', /although the error is 001/, () => parse('id:7 stat:DELIVRD err:001')],
    [
      'TLV and word at odds',
      /message_state 5 contradicts status DELIVRD/,
      () => parse('id:7 stat:DELIVRD', { tlvs: [tlv(0x0427, [5])] }),
    ],
    ['a wrong mark of UCS-2', /marked as UCS-2/, () => parse('id:7 stat:DELIVRD', { dataCoding: 8 })],
    ['UCS-2 without the mark', /is UCS-2, but data_coding is 0/, () => parse(ucs2('id:7 stat:DELIVRD'))],
    ['a missing header', /announces a user data header/, () => parse('id:7 stat:DELIVRD', { esmClass: 0x44 })],
    [
      'a message_state of two octets',
      /message_state has 2 octets/,
      () => parse('id:7 stat:DELIVRD', { tlvs: [tlv(0x0427, [0, 2])] }),
    ],
    [
      'a short network_error_code',
      /network_error_code has 1 octets/,
      () => parse('id:7 stat:DELIVRD', { tlvs: [tlv(0x0423, [1])] }),
    ],
    ['what the codec saw', /stray/, () => parse('id:7 stat:DELIVRD', { warnings: ['3 stray octets'] })],
  ];
  for (const [what, warning, receipt] of odd) {
    it(`warns of ${what}`, () => {
      const { warnings } = receipt();
      assert.equal(warnings.length, 1, warnings.join('; '));
      assert.match(warnings[0]!, warning);
    });
  }

  it('warns of nothing in an ordinary receipt', () => {
    const tlvs = [tlv(0x001e, '77\0'), tlv(0x0427, [2]), tlv(0x0423, [3, 0, 0])];
    assert.deepEqual(parse(`id:77 sub:001 dlvrd:001 ${TIMES} stat:DELIVRD err:000 text:x`, { tlvs }).warnings, []);
    assert.deepEqual(
      parse('id:77 done date:0000000000 stat:NET-ERR err:019', { tlvs: [tlv(0x0427, [5])] }).warnings,
      [],
    );
  });

  it('finds the same in any order, case and spacing of the labels', () => {
    const fields = fc.shuffledSubarray(['id', 'sub', 'dlvrd', 'submit date', 'done date', 'stat', 'err'], {
      minLength: 7,
    });
    const values = {
      id: '4F',
      sub: '001',
      dlvrd: '000',
      'submit date': '2607151040',
      'done date': '2607151041',
      stat: 'UNDELIV',
      err: '010',
    };
    const spacing = fc.constantFrom('', ' ', '  ');
    const gap = fc.constantFrom(' ', '  ', '\n', '\r\n', '\t');
    const dateGap = fc.constantFrom(' ', '_', '');
    const mixed = fc.mixedCase(fc.constant('id sub dlvrd submit date done date stat err'));
    fc.assert(
      fc.property(fields, spacing, spacing, gap, dateGap, mixed, (order, before, after, between, inDate, labels) => {
        const text = order
          .map((label) => {
            const start = labels.toLowerCase().indexOf(label);
            const name = labels.slice(start, start + label.length).replace(' ', inDate);
            return `${name}${before}:${after}${values[label as keyof typeof values]}`;
          })
          .join(between);
        assert.equal(brief(parse(text)), `4F | UNDELIVERABLE F | temporary | UNDELIV | 010 | ${READ}`);
      }),
    );
  });

  it('never throws on any octets, esm_class, data_coding and TLVs', () => {
    const octets = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    const tag = fc.oneof(fc.constantFrom(0x001e, 0x0423, 0x0424, 0x0427), fc.integer({ min: 0, max: 0xffff }));
    const tlvs = fc.array(fc.record({ tag, value: octets }), { maxLength: 5 });
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octets, byte, byte, tlvs, (body, esmClass, dataCoding, tlvs) => {
        assertSound(delivery(body, { esmClass, dataCoding, tlvs }));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes one word for the status where what follows it adds nothing', () => {
    assert.equal(parse('id:7 stat:DELIVRD 2607151040').status, 'DELIVRD');
    assert.equal(parse('id:7 stat:NOT DELIVERED err:001').status, 'NOT DELIVERED');
  });

  it('never throws on any soup of labels', () => {
    fc.assert(
      fc.property(fc.array(soup(), { maxLength: 60 }), fc.constantFrom(0, 3, 8, 0x18), (words, dataCoding) => {
        assertSound(delivery(words.join(''), { dataCoding }));
        assertSound(delivery(ucs2(words.join('')), { dataCoding }));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads 60 KB of anything', () => {
    const patterns = [
      'id:',
      'id ',
      ' id',
      ' ',
      '\0',
      'submit ',
      ' submit   ',
      'done_',
      ' stat:',
      'text',
      ' err :',
      'id  :',
      'stat:x ',
      ':',
      'a',
    ];
    patterns.push(' submit date', 'submit\x11\x11', '\xa0', '0', ' id:\0\0\0\0', 'done date:0');
    // A label's beginning before a long run of one thing is where a careless search goes back and forth.
    for (const start of ['', ' id', ' submit', ' done']) {
      for (const pattern of patterns) {
        const body = `${start}${pattern.repeat(60_000 / pattern.length)}x`;
        // A search that went back and forth would take longer than a test may.
        const input = delivery(body);
        classify({ ...input, esmClass: 0 });
        assert.equal(parseReceipt(input, UTC).raw, body);
      }
    }
  });
});

function assertSound(input: Delivery): void {
  const receipt = parseReceipt(input, UTC);
  classify(input);
  assert.ok(receipt.messageIds.every((id) => id !== ''));
  assert.equal(new Set(receipt.messageIds).size, receipt.messageIds.length);
  assert.ok(receipt.status === null || /^[^\s\0]+$/.test(receipt.status));
  assert.ok(receipt.error === null || /^[^\s\0]+$/.test(receipt.error));
  assert.equal(receipt.delivered, receipt.state === 'DELIVERED');
}

function soup(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      'id',
      'sub',
      'dlvrd',
      'submit',
      'done',
      'date',
      'stat',
      'err',
      'text',
      ':',
      ' ',
      '_',
      '\0',
      '\n',
      '0x',
    ),
    fc.constantFrom(
      ' id:',
      ' stat:',
      ' err:',
      ' submit date:',
      ' done date:',
      ' text:',
      'DELIVRD',
      '2607151040',
      '000',
      '778',
    ),
    fc.string({ maxLength: 5 }),
  );
}
