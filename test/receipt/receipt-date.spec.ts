import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isTimeZone, readReceiptDate } from '../../src/receipt/receipt-date';

describe('readReceiptDate', () => {
  const widths: [text: string, expected: string][] = [
    ['2607151040', '2026-07-15T10:40:00.000Z'],
    ['260715104012', '2026-07-15T10:40:12.000Z'],
    ['202607151040', '2026-07-15T10:40:00.000Z'],
    ['20260715104012', '2026-07-15T10:40:12.000Z'],
    ['260715104012000+', '2026-07-15T10:40:12.000Z'],
    ['260715104012522+', '2026-07-15T05:10:12.500Z'],
    ['260715104012720-', '2026-07-15T15:40:12.700Z'],
    ['240229235959', '2024-02-29T23:59:59.000Z'],
    ['2026-07-15 10:40:12', '2026-07-15T10:40:12.000Z'],
    ['2026/07/15  10:40', '2026-07-15T10:40:00.000Z'],
    ['2026.07.15 10:40:12.345', '2026-07-15T10:40:12.000Z'],
    ['2026-07-15T10:40:12Z', '2026-07-15T10:40:12.000Z'],
    ['2026-07-15T10:40:12+05:30', '2026-07-15T05:10:12.000Z'],
    ['2026-07-15 10:40:12 -0500', '2026-07-15T15:40:12.000Z'],
    ['20260715 104012', '2026-07-15T10:40:12.000Z'],
    ['260715 1040', '2026-07-15T10:40:00.000Z'],
  ];
  for (const [text, expected] of widths) {
    it(`reads ${text}`, () => assert.equal(readReceiptDate(text, 'UTC'), expected));
  }

  it('reads the wall clock of the zone, but the offset of absolute time', () => {
    assert.equal(readReceiptDate('2607151040', 'Asia/Kolkata'), '2026-07-15T05:10:00.000Z');
    assert.equal(readReceiptDate('2607150010', 'Pacific/Auckland'), '2026-07-14T12:10:00.000Z');
    assert.equal(readReceiptDate('2026-07-15 10:40', 'Asia/Kolkata'), '2026-07-15T05:10:00.000Z');
    assert.equal(readReceiptDate('2026-07-15T10:40:12Z', 'Asia/Kolkata'), '2026-07-15T10:40:12.000Z');
    assert.equal(readReceiptDate('260715104012000+', 'Asia/Kolkata'), '2026-07-15T10:40:12.000Z');
  });

  const seasons: [text: string, zone: string, expected: string, why: string][] = [
    ['2601151200', 'Europe/Brussels', '2026-01-15T11:00:00.000Z', 'winter'],
    ['2607151200', 'Europe/Brussels', '2026-07-15T10:00:00.000Z', 'summer'],
    ['260329015959', 'Europe/Brussels', '2026-03-29T00:59:59.000Z', 'the last second of winter'],
    ['2603290300', 'Europe/Brussels', '2026-03-29T01:00:00.000Z', 'the first minute of summer'],
    ['2603290230', 'Europe/Brussels', '2026-03-29T01:30:00.000Z', 'an hour that is skipped'],
    ['2610250230', 'Europe/Brussels', '2026-10-25T00:30:00.000Z', 'an hour that comes twice'],
    ['2610250300', 'Europe/Brussels', '2026-10-25T02:00:00.000Z', 'the first minute of winter'],
    ['2603080230', 'America/New_York', '2026-03-08T07:30:00.000Z', 'a skipped hour west of Greenwich'],
    ['2611010130', 'America/New_York', '2026-11-01T05:30:00.000Z', 'a repeated hour west of Greenwich'],
    ['2604050145', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z', 'a repeated half hour'],
  ];
  for (const [text, zone, expected, why] of seasons) {
    it(`reads ${why} (${text}, ${zone})`, () => assert.equal(readReceiptDate(text, zone), expected));
  }

  it('counts an unknown zone as UTC', () => {
    assert.equal(isTimeZone('Mars/Olympus'), false);
    assert.equal(isTimeZone('Asia/Kolkata'), true);
    assert.equal(readReceiptDate('2607151040', 'Mars/Olympus'), '2026-07-15T10:40:00.000Z');
  });

  it('is null for zeros and for what is no date', () => {
    const texts = [
      '',
      '0',
      '0000000000',
      '000000000000',
      '00000000000000',
      '2613011040',
      '2602301040',
      '2607152440',
      '2607151060',
      '2026-02-30 10:40',
      '2026-07/15 10:40',
      '15-07-26 10:40',
    ];
    texts.push(
      '260715104060',
      '2607',
      '26071510401',
      'yesterday!',
      '0007151040120000',
      '260715104012000R',
      '99999999999999',
    );
    for (const text of texts) assert.equal(readReceiptDate(text, 'UTC'), null, text);
  });

  it('never throws and gives ISO 8601 or null, on any digits, in any zone', () => {
    const zones = fc.constantFrom('UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Apia', 'nonsense', '');
    const dates = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[0-9]{10,15}[+-]?$/),
      fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }).map(digitsOf),
    );
    fc.assert(
      fc.property(dates, zones, (text, zone) => {
        const date = readReceiptDate(text, zone);
        assert.ok(date === null || new Date(date).toISOString() === date);
      }),
    );
  });

  it('gives back the instant whose wall clock it read, in a zone without seasons', () => {
    const instants = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-30'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (instant) => {
        const expected = Math.floor(instant.getTime() / 1000) * 1000;
        const text = digitsOf(new Date(expected + 5.5 * 3_600_000));
        assert.equal(readReceiptDate(text, 'Asia/Kolkata'), new Date(expected).toISOString());
      }),
    );
  });
});

function digitsOf(date: Date): string {
  return date.toISOString().replace(/\D/g, '').slice(0, 14);
}
