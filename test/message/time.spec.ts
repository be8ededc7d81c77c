import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readValidity, relativeTime, scheduledTime, validityPeriod } from '../../src/message/time';
import { refusal } from './refusal';

describe('A validity period', () => {
  it('is relative, in days, hours, minutes and seconds', () => {
    assert.equal(relativeTime(1), '000000000001000R');
    assert.equal(relativeTime(3600), '000000010000000R');
    assert.equal(relativeTime(2 * 86400 + 3 * 3600 + 4 * 60 + 5), '000002030405000R');
    assert.equal(relativeTime(31 * 86400), '000031000000000R');
  });

  it('is a number of seconds, as a text too, rounded up; blank is none', () => {
    assert.deepEqual(readValidity(60), { seconds: 60 });
    assert.deepEqual(readValidity(' 3600 '), { seconds: 3600 });
    assert.deepEqual(readValidity(0.5), { seconds: 1 });
    for (const blank of [undefined, null, '', ' ']) assert.equal(readValidity(blank), undefined);
  });

  it('may be a moment with its zone, and is absolute then', () => {
    for (const value of ['2030-01-31T09:00:00+05:30', new Date('2030-01-31T03:30:00Z'), '20300131T033000Z']) {
      assert.equal(validityPeriod(readValidity(value)!), '300131033000000+');
    }
    assert.equal(validityPeriod(readValidity(3600)!), '000000010000000R');
  });

  it('from a second to 31 days is what there is', () => {
    for (const value of [
      0,
      -1,
      NaN,
      Infinity,
      31 * 86400 + 1,
      '1h',
      '-5',
      true,
      {},
      [60],
      10n,
      '2030-01-31T09:00',
      new Date(NaN),
      '1999-01-31T09:00Z',
    ]) {
      assert.throws(
        () => readValidity(value),
        refusal(
          'validity',
          /^validity: .* is not a number of seconds from 1 to 2678400 \(31 days\), nor an ISO 8601 time with its zone .* or leave it blank$/,
        ),
      );
    }
  });
});

describe('A scheduled time', () => {
  it('is absolute and in UTC', () => {
    assert.deepEqual(scheduledTime('2030-01-31T09:00:00Z'), { time: '300131090000000+', warnings: [] });
    assert.equal(scheduledTime('2030-01-31T09:00:00+05:30').time, '300131033000000+');
    assert.equal(scheduledTime('2030-01-31T23:30:00-0100').time, '300201003000000+');
    assert.equal(scheduledTime('2030-01-31t09:00z').time, '300131090000000+');
    assert.equal(scheduledTime('2030-01-31 09:00:01.25+01').time, '300131080001200+');
    assert.equal(scheduledTime(new Date(Date.UTC(2028, 1, 29, 23, 59, 59, 999))).time, '280229235959900+');
    for (const blank of [undefined, null, '']) assert.deepEqual(scheduledTime(blank), { time: '', warnings: [] });
  });

  it('is every time of this century that toISOString writes', () => {
    const century = fc.date({
      min: new Date('2000-01-01T00:00:00Z'),
      max: new Date('2099-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(century, (date) => {
        const iso = date.toISOString();
        const expected = `${iso.slice(2, 19).replace(/[-T:]/g, '')}${iso[20]!}00+`;
        assert.equal(scheduledTime(iso).time, expected);
        assert.equal(scheduledTime(date).time, expected);
      }),
    );
  });

  it('without a zone is local, with a warning that says what it came to', () => {
    const local = new Date(2030, 0, 31, 9, 0, 0);
    const { time, warnings } = scheduledTime('2030-01-31T09:00:00');
    assert.equal(time, scheduledTime(local).time);
    assert.deepEqual(warnings, [
      `schedule 2030-01-31T09:00:00 has no time zone and is taken as local time: ${local.toISOString()}`,
    ]);
  });

  it('that no calendar or clock has is refused', () => {
    const impossible = [
      '2030-02-30T00:00:00Z',
      '2030-13-01T00:00:00Z',
      '2030-00-10T00:00:00Z',
      '2030-01-31T24:00:00Z',
      '2030-01-31T09:60:00Z',
      '2030-01-31T09:00:60Z',
      '2030-01-31T09:00:00+24:00',
    ];
    for (const value of [
      'tomorrow',
      '2030-01-31',
      '09:00',
      '300131090000000+',
      1900000000000,
      {},
      new Date(NaN),
      true,
      ...impossible,
    ]) {
      assert.throws(
        () => scheduledTime(value),
        refusal('schedule', /^schedule: .* is not an ISO 8601 time; give one such as "2030-01-31T09:00:00\+05:30"$/),
      );
    }
    assert.throws(
      () => scheduledTime('1999-12-31T23:59:59Z'),
      refusal('schedule', /is outside the years 2000 to 2099;/),
    );
    assert.throws(
      () => scheduledTime('2100-01-01T00:00:00Z'),
      refusal('schedule', /is outside the years 2000 to 2099;/),
    );
  });
});
