import assert from 'node:assert/strict';
import { ConcatenationReferences } from '../../src/message/concatenation';

describe('The references of long messages', () => {
  it('are all used for a recipient before one comes again, whoever else gets long messages', () => {
    const references = new ConcatenationReferences();
    const numbers = Array.from({ length: 256 }, (_, i) => `91987654${String(i).padStart(4, '0')}`);
    const seen = new Map(numbers.map((to) => [to, new Set<number>()]));
    for (let round = 0; round < 64; round++) {
      for (const to of numbers) seen.get(to)!.add(references.take(to) & 0xff);
    }
    for (const [to, octets] of seen) assert.equal(octets.size, 64, to);
  });

  it('have 16 bits, and their low octet goes through all 256', () => {
    const references = new ConcatenationReferences();
    const all = Array.from({ length: 256 }, () => references.take('447700900123'));
    assert.equal(new Set(all.map((reference) => reference & 0xff)).size, 256);
    assert.ok(all.every((reference) => reference >= 0 && reference <= 0xffff));
  });

  it('begin elsewhere after a restart', () => {
    const first = Array.from({ length: 20 }, () => new ConcatenationReferences().take('447700900123'));
    assert.ok(new Set(first).size > 1);
  });
});
