import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodePdu } from '../../src/smpp/codec';
import { masked } from '../../src/smpp/mask';

const ADDRESSES = {
  source_addr_ton: 5,
  source_addr: 'ALERTS',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '919876543210',
};

function text(frame: Buffer): string {
  return frame.toString('latin1');
}

describe('A PDU that is shown to others', () => {
  it('never holds a password, whatever is to be shown', () => {
    for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver', 'outbind'] as const) {
      const frame = encodePdu(command as 'bind_transceiver', { system_id: 'demo', password: 'S3cret' }, 1);
      for (const texts of [true, false]) {
        const shown = masked(frame, texts);
        assert.equal(shown.length, frame.length);
        assert.ok(text(shown).includes('demo\0******\0'), command);
      }
      assert.ok(text(frame).includes('S3cret'));
    }
  });

  it('has numbers and texts masked octet for octet, but not the sender’s name nor a segment’s header', () => {
    const body = Buffer.concat([Buffer.of(5, 0, 3, 7, 2, 1), Buffer.from('Your code is 4711')]);
    const frame = encodePdu('submit_sm', { ...ADDRESSES, esm_class: 0x40, short_message: body } as never, 2);
    const shown = masked(frame, false);
    assert.equal(shown.length, frame.length);
    assert.doesNotMatch(text(shown), /9876543210|4711|Your/);
    assert.match(text(shown), /ALERTS\0/);
    assert.match(text(shown), /910000000000\0/);
    const start = frame.indexOf(body);
    assert.deepEqual(shown.subarray(start, start + 6), body.subarray(0, 6));
    assert.equal(text(shown.subarray(start + 6, start + body.length)), 'x'.repeat(17));
    assert.deepEqual(masked(frame, true), frame);
  });

  it('keeps what a receipt says, without the text in it', () => {
    const receipt = 'id:77 sub:001 dlvrd:001 stat:DELIVRD err:000 text:Your code';
    const frame = encodePdu('deliver_sm', { ...ADDRESSES, esm_class: 4, short_message: receipt } as never, 3);
    assert.match(text(masked(frame, false)), /id:77 .*stat:DELIVRD err:000 text:x{9}/);
  });

  it('has UCS-2 masked by units, and a message_payload too', () => {
    const frame = encodePdu(
      'data_sm',
      { ...ADDRESSES, data_coding: 8, message_payload: Buffer.from([4, 0x1f, 4, 0x38]) } as never,
      4,
    );
    const shown = masked(frame, false);
    assert.deepEqual([...shown.subarray(-4)], [0, 0x78, 0, 0x78]);
  });

  it('is masked whole where it cannot be read, and never fails', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 0x0b, 0x21, 0x102, 0x103, 0x80000004),
        fc.uint8Array({ maxLength: 80 }),
        fc.boolean(),
        (command, octets, texts) => {
          const frame = Buffer.alloc(16 + octets.length);
          frame.writeUInt32BE(frame.length, 0);
          frame.writeUInt32BE(command, 4);
          frame.set(octets, 16);
          const shown = masked(frame, texts);
          assert.equal(shown.length, frame.length);
          assert.deepEqual(shown.subarray(0, 16), frame.subarray(0, 16));
        },
      ),
    );
    const cut = encodePdu('submit_sm', { ...ADDRESSES, short_message: 'secret' } as never, 5).subarray(0, 60);
    assert.doesNotMatch(text(masked(cut, false)), /secret|9876/);
  });
});
