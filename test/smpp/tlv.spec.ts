import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { PduError, type Tlv } from '../../src/smpp/pdu';
import { findTlv, readTlvs, tlvsLength, writeTlvs } from '../../src/smpp/tlv';

const tlvs: fc.Arbitrary<Tlv[]> = fc.array(
  fc.record(
    { tag: fc.nat(0xffff), value: fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets)) },
    { noNullPrototype: true },
  ),
);

describe('TLVs', () => {
  it('are read as they were written, in order and with repeats, from any offset', () => {
    fc.assert(
      fc.property(tlvs, fc.nat(30), (written, offset) => {
        const frame = Buffer.alloc(offset + tlvsLength(written));
        assert.equal(writeTlvs(frame, offset, written), frame.length);
        assert.deepEqual(readTlvs(frame, offset), { tlvs: written, warnings: [] });
      }),
    );
  });

  it('are found by tag, the first of several', () => {
    const list = [0x1400, 0x1401, 0x1400].map((tag, i) => ({ tag, value: Buffer.from([i]) }));
    assert.deepEqual(findTlv(list, 0x1400), Buffer.from([0]));
    assert.deepEqual(findTlv(list, 0x1401), Buffer.from([1]));
    assert.equal(findTlv(list, 0x1402), undefined);
  });

  it('with a length past the end are clipped, with a warning', () => {
    assert.deepEqual(readTlvs(Buffer.from('001e0009414243', 'hex'), 0), {
      tlvs: [{ tag: 0x1e, value: Buffer.from('ABC') }],
      warnings: ['TLV 0x001e says 9 octets, the PDU has 3'],
    });
  });

  it('leave one to three octets at the end as stray, with a warning', () => {
    for (const stray of [1, 2, 3]) {
      const { tlvs: read, warnings } = readTlvs(
        Buffer.concat([Buffer.from('0427000102', 'hex'), Buffer.alloc(stray)]),
        0,
      );
      assert.deepEqual(read, [{ tag: 0x427, value: Buffer.from([2]) }]);
      assert.deepEqual(warnings, [`${stray} stray octets at the end of the PDU`]);
    }
  });

  it('hold values of at most 65535 octets', () => {
    assert.equal(tlvsLength([{ tag: 0x0424, value: Buffer.alloc(65535) }]), 65539);
    assert.throws(() => tlvsLength([{ tag: 0x0424, value: Buffer.alloc(65536) }]), PduError);
  });
});
