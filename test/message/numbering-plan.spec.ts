import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/max/metadata';
import { callingCodes } from '../../scripts/calling-codes';
import { callingCodeOf, countryName, fitsNumberingPlan, isCallingCode } from '../../src/message/numbering-plan';

describe('The numbering plan', () => {
  it('is that of libphonenumber (else: npx tsx scripts/calling-codes.ts)', () => {
    const path = join(__dirname, '../../src/message/calling-codes.ts');
    assert.equal(readFileSync(path, 'utf8'), callingCodes());
  });

  it('knows the calling code with which digits begin', () => {
    assert.deepEqual(callingCodeOf('9876543210'), { code: '98', region: 'IR' });
    assert.deepEqual(callingCodeOf('447700900123'), { code: '44', region: 'GB' });
    assert.deepEqual(callingCodeOf('12125550123'), { code: '1', region: 'US' });
    assert.equal(callingCodeOf('2101234567'), undefined);
    assert.deepEqual(['1', '44', '353', '80', '4', '999'].map(isCallingCode), [true, true, true, false, false, false]);
    assert.deepEqual(['IR', '001'].map(countryName), ['Iran', 'an international service']);
  });

  it('finds no fault with a number that libphonenumber calls valid', () => {
    let valid = 0;
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9][0-9]{7,14}$/), (digits) => {
        const number = parsePhoneNumberFromString(`+${digits}`, metadata);
        if (number?.number !== `+${digits}` || !number.isValid()) return;
        valid += 1;
        assert.ok(fitsNumberingPlan(digits), digits);
      }),
      { numRuns: 3000 },
    );
    assert.ok(valid > 50, String(valid));
  });

  it('finds fault with lengths and beginnings that a country does not have', () => {
    for (const digits of ['9876543210', '4407911123456', '91987654321', '9198765432100', '1555', '390', '98']) {
      assert.equal(fitsNumberingPlan(digits), false, digits);
    }
    for (const digits of ['919876543210', '447911123456', '390669812345', '12125550123', '80012345678']) {
      assert.equal(fitsNumberingPlan(digits), true, digits);
    }
  });
});
