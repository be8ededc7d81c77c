import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readIsoTime } from '../../src/message/iso-time';

function utc(text: string): string | undefined {
  const read = readIsoTime(text);
  return read?.zone ? read.time.toISOString() : undefined;
}

describe('An ISO 8601 time', () => {
  it('has its day as calendar date, ordinal date or week date, with hyphens or without', () => {
    for (const day of ['2030-01-31', '20300131', '2030-031', '2030031', '2030-W05-4', '2030W054']) {
      assert.equal(utc(`${day}T09:00Z`), '2030-01-31T09:00:00.000Z', day);
    }
    assert.equal(utc('2020-W53-7T00:00Z'), '2021-01-03T00:00:00.000Z');
    assert.equal(utc('2024-366T00:00Z'), '2024-12-31T00:00:00.000Z');
  });

  it('has its time to the hour, the minute or the second, with a fraction of the last', () => {
    const times = {
      '09': '09:00:00.000',
      '0930': '09:30:00.000',
      '09:30:15': '09:30:15.000',
      '093015.25': '09:30:15.250',
    };
    for (const [time, read] of Object.entries({ ...times, '09,5': '09:30:00.000', '09:30.5': '09:30:30.000' })) {
      assert.equal(utc(`2030-01-31T${time}Z`), `2030-01-31T${read}Z`, time);
    }
  });

  it('has its zone as Z or an offset, with the minus of typography and a name behind it too', () => {
    for (const zone of ['+05:30', '+0530', ' +05:30', '+05:30[Asia/Kolkata]']) {
      assert.equal(utc(`2030-01-31T09:00:00${zone}`), '2030-01-31T03:30:00.000Z', zone);
    }
    assert.equal(utc('2030-01-31T23:00\u221201'), '2030-02-01T00:00:00.000Z');
    assert.deepEqual(readIsoTime('2030-07-31T09:05'), { time: new Date(2030, 6, 31, 9, 5), zone: false });
  });

  it('is none where day, time or zone do not exist', () => {
    const wrong = [
      ...['', 'now', '2030-01-31', '2030-02-30T09:00Z', '2030-13-01T09:00Z', '2029-W53-1T09:00Z', '2030-W00-1T09:00Z'],
      ...['2030-366T09:00Z', '2030-000T09:00Z', '2030-01-31T25:00Z', '2030-01-31T24:00Z', '2030-01-31T09:60Z'],
      ...[
        '2030-01-31T09:00+24:00',
        '2030-01-31T09:00+5',
        '2030-01-31T9:00Z',
        '30-01-31T09:00Z',
        `2030-01-31T09:00${'0'.repeat(200)}Z`,
      ],
    ];
    for (const text of wrong) assert.equal(readIsoTime(text), undefined, text);
  });

  it('is read as Date writes it', () => {
    const range = { min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
    fc.assert(fc.property(fc.date(range), (date) => assert.equal(utc(date.toISOString()), date.toISOString())));
  });
});
