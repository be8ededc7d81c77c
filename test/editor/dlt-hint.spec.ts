import assert from 'node:assert/strict';
import { dltHint } from '../../nodes/editor/dlt-hint';

describe('the hint beside a DLT id', () => {
  it('is silent about ids of the usual shape, a chain of telemarketers and a hash', () => {
    assert.equal(dltHint('peId', '1101172974420810001'), undefined);
    assert.equal(dltHint('peId', '110117297442'), undefined);
    assert.equal(dltHint('templateId', '1107172974420820002'), undefined);
    assert.equal(dltHint('tmId', '1302172974420830004, 1101172974420830004'), undefined);
    assert.equal(dltHint('tmId', 'c0'.repeat(32)), undefined);
    assert.equal(dltHint('peId', ''), undefined);
  });

  it('notices swapped ids', () => {
    assert.equal(dltHint('peId', '1107172974420820002'), 'swapped');
    assert.equal(dltHint('templateId', '1101172974420810001'), 'swapped');
    assert.equal(dltHint('tmId', '1107172974420820002'), 'swapped');
  });

  it('notices letters and unusual lengths', () => {
    assert.equal(dltHint('peId', 'PE-11'), 'digits');
    assert.equal(dltHint('templateId', '110717297442'), 'length');
    assert.equal(dltHint('tmId', '1302172974420830004,1302'), 'length');
  });
});
