import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { FrameReader, FramingError, MAX_PDU_LENGTH } from '../../src/smpp/framing';
import { DELIVERIES, SESSION_PDUS, SUBMITS } from './corpus';

function frameOf(length: number, filling: number): Buffer {
  const frame = Buffer.alloc(length, filling);
  frame.writeUInt32BE(length, 0);
  return frame;
}

const frames = fc.array(
  fc
    .tuple(fc.oneof(fc.integer({ min: 16, max: 300 }), fc.constantFrom(16, 17, MAX_PDU_LENGTH)), fc.nat(255))
    .map(([length, filling]) => frameOf(length, filling)),
  { maxLength: 12 },
);

/** The stream cut into chunks of these sizes, taken in turn. */
function chunksOf(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (let i = 0; offset < stream.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(stream.subarray(offset, offset + size));
    offset += size;
  }
  return chunks;
}

describe('framing', () => {
  it('gives the PDUs of a stream however it is cut into chunks', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70000 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(frames, sizes, (expected, cut) => {
        const reader = new FrameReader();
        const got = chunksOf(Buffer.concat(expected), cut).flatMap((chunk) => reader.push(chunk));
        assert.equal(got.length, expected.length);
        got.forEach((frame, i) => assert.ok(frame.equals(expected[i]!)));
        assert.equal(reader.pending, 0);
      }),
    );
  });

  it('gives the PDUs of a stream that comes octet by octet', () => {
    const expected = [...SUBMITS, ...DELIVERIES, ...SESSION_PDUS].map(({ frame }) => frame);
    const reader = new FrameReader();
    const got = chunksOf(Buffer.concat(expected), [1]).flatMap((chunk) => reader.push(chunk));
    assert.deepEqual(got, expected);
  });

  it('does not copy a PDU that lies whole in its chunk', () => {
    const chunk = Buffer.concat([frameOf(20, 1), frameOf(30, 2)]);
    for (const frame of new FrameReader().push(chunk)) assert.equal(frame.buffer, chunk.buffer);
  });

  it('keeps a PDU that spans chunks when the chunk is overwritten', () => {
    const reader = new FrameReader();
    const first = Buffer.from(frameOf(20, 7).subarray(0, 10));
    assert.deepEqual(reader.push(first), []);
    first.fill(0);
    assert.deepEqual(reader.push(Buffer.alloc(10, 7)), [frameOf(20, 7)]);
  });

  it('counts the octets of a PDU that is not complete', () => {
    const reader = new FrameReader();
    const frame = frameOf(50, 0);
    reader.push(Buffer.concat([frame, frame.subarray(0, 3)]));
    assert.equal(reader.pending, 3);
    reader.push(frame.subarray(3, 30));
    assert.equal(reader.pending, 30);
    reader.push(frame.subarray(30));
    assert.equal(reader.pending, 0);
  });

  for (const length of [0, 1, 4, 5, 15, MAX_PDU_LENGTH + 1, 0x47455420, 0xffffffff]) {
    it(`refuses a PDU of ${length} octets, and everything after it`, () => {
      const reader = new FrameReader();
      const bad = Buffer.alloc(40);
      bad.writeUInt32BE(length, 0);
      for (const chunk of [bad, frameOf(16, 0)]) {
        assert.throws(
          () => reader.push(chunk),
          (error) => error instanceof FramingError && error.code === 'SMPP_FRAMING' && error.commandLength === length,
        );
      }
    });
  }

  it('does not lose the PDUs before a bad length, however it is cut', () => {
    const good = [frameOf(16, 1), frameOf(33, 2)];
    const stream = Buffer.concat([...good, Buffer.from('GET / HTTP/1.1\r\n')]);
    for (let size = 1; size <= stream.length; size++) {
      const reader = new FrameReader();
      const got: Buffer[] = [];
      assert.throws(() => {
        for (const chunk of chunksOf(stream, [size])) {
          try {
            got.push(...reader.push(chunk));
          } catch (error) {
            if (error instanceof FramingError) got.push(...error.frames);
            throw error;
          }
        }
      }, FramingError);
      assert.deepEqual(got, good);
    }
  });

  it('takes garbage in: every octet ends in a PDU, in what is pending, or behind a framing error', () => {
    // Mostly zeros and small numbers, so that many a length is possible.
    const lengthLike = fc.constantFrom(0, 0, 0, 0, 0, 1, 16, 17, 40, 255);
    fc.assert(
      fc.property(fc.array(fc.array(lengthLike, { maxLength: 200 })), (chunks) => {
        const reader = new FrameReader();
        let given = 0;
        let taken = 0;
        try {
          for (const chunk of chunks) {
            given += chunk.length;
            taken += reader.push(Buffer.from(chunk)).reduce((sum, frame) => sum + frame.length, 0);
          }
          assert.equal(taken + reader.pending, given);
        } catch (error) {
          assert.ok(error instanceof FramingError);
          assert.ok(error.commandLength < 16 || error.commandLength > MAX_PDU_LENGTH);
        }
      }),
    );
  });

  it('takes the longest PDUs octet by octet', () => {
    const stream = Buffer.concat(Array.from({ length: 20 }, (_, i) => frameOf(MAX_PDU_LENGTH, i)));
    const reader = new FrameReader();
    let count = 0;
    for (let i = 0; i < stream.length; i++) count += reader.push(stream.subarray(i, i + 1)).length;
    assert.equal(count, 20);
  });
});
