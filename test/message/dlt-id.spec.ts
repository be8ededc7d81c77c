import assert from 'node:assert/strict';
import { listedIds, oddity } from '../../src/message/dlt-id';

describe('A DLT id', () => {
  it('of the usual shape is not odd, nor is the hash of a chain', () => {
    assert.equal(oddity('peId', '1101172974420810001'), undefined);
    assert.equal(oddity('peId', '110117297442'), undefined);
    assert.equal(oddity('templateId', '1107172974420820002'), undefined);
    assert.equal(oddity('tmId', '1302172974420830004'), undefined);
    assert.equal(oddity('tmId', '1101172974420830004'), undefined);
    assert.equal(oddity('tmId', 'c0'.repeat(32)), undefined);
  });

  it('in the field of another shows by its digits', () => {
    assert.equal(oddity('peId', '1107172974420820002'), 'swapped');
    assert.equal(oddity('templateId', '1101172974420810001'), 'swapped');
    assert.equal(oddity('tmId', '1107172974420820002'), 'swapped');
  });

  it('with letters or of an unusual length is odd', () => {
    assert.equal(oddity('peId', 'PE-11'), 'digits');
    assert.equal(oddity('templateId', '110717297442'), 'length');
    assert.equal(oddity('tmId', '1302'), 'length');
  });

  it('is one of several in the field of the telemarketer alone', () => {
    assert.deepEqual(listedIds('tmId', ' 1302172974420830004, 1101172974420830004 ,'), [
      '1302172974420830004',
      '1101172974420830004',
    ]);
    assert.deepEqual(listedIds('peId', ' 1101172974420810001 '), ['1101172974420810001']);
    assert.deepEqual(listedIds('templateId', ''), []);
  });
});
