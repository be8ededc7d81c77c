import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PDU } from '../../src/smpp/library';
import type { Submit } from '../../src/simulator/submit';
import { readSubmit, textOctets, tlvValue, tlvsInHex } from '../../src/simulator/submit';
import { tlv, withTlvs } from '../support/esme';

const octets = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));

function read(frame: Buffer): Submit {
  const submit = readSubmit(frame, true);
  assert.ok(typeof submit !== 'number', `refused with ${String(submit)}`);
  return submit;
}

describe('reading a submit', () => {
  it('gives what the codec wrote', () => {
    const fields = fc.record({
      source_addr_ton: fc.nat(4),
      source_addr: fc.stringMatching(/^[0-9A-Za-z]{0,20}$/),
      dest_addr_ton: fc.nat(6),
      destination_addr: fc.stringMatching(/^\d{1,20}$/),
      priority_flag: fc.nat(3),
      protocol_id: fc.nat(255),
      registered_delivery: fc.constantFrom(0, 1, 2, 16, 17, 18),
      data_coding: fc.constantFrom(0, 3, 4, 8),
      service_type: fc.stringMatching(/^[A-Z]{0,5}$/),
      short_message: octets(140),
    });
    const tlvs = fc.array(fc.tuple(fc.integer({ min: 0x1400, max: 0x3fff }), octets(70)), { maxLength: 4 });
    fc.assert(
      fc.property(fields, tlvs, (given, parameters) => {
        const pdu = new PDU('submit_sm', { ...given, sequence_number: 3 }).toBuffer();
        const submit = read(
          withTlvs(
            pdu,
            parameters.map(([tag, value]) => tlv(tag, value)),
          ),
        );
        assert.equal(submit.from, given.source_addr);
        assert.equal(submit.to, given.destination_addr);
        assert.equal(submit.sourceTon, given.source_addr_ton);
        assert.equal(submit.destinationTon, given.dest_addr_ton);
        assert.equal(submit.registeredDelivery, given.registered_delivery);
        assert.equal(submit.dataCoding, given.data_coding);
        assert.deepEqual(textOctets(submit), given.short_message);
        for (const [tag, value] of parameters) {
          const first = parameters.find(([other]) => other === tag)!;
          assert.deepEqual(tlvValue(submit, tag), first[1]);
          assert.ok(tlvsInHex(submit)[tag.toString(16)] !== undefined, value.toString('hex'));
        }
      }),
    );
  });

  it('gives a submit or a status, whatever the octets', () => {
    fc.assert(
      fc.property(fc.constantFrom(0x04, 0x103), octets(120), (command, body) => {
        const header = Buffer.alloc(16);
        header.writeUInt32BE(16 + body.length, 0);
        header.writeUInt32BE(command, 4);
        const submit = readSubmit(Buffer.concat([header, body]), true);
        if (typeof submit === 'number') assert.ok(submit > 0);
        else assert.ok(submit.bodyEnd <= submit.frame.length);
      }),
      { numRuns: 5000 },
    );
  });

  describe('of a long message', () => {
    const headers: readonly (readonly [string, string, Submit['concatenation']])[] = [
      ['an 8-bit reference', '050003090201', { reference: 9, total: 2, sequence: 1 }],
      ['a 16-bit reference', '06080401090202', { reference: 0x109, total: 2, sequence: 2 }],
      ['a reference behind an indication of voice mail', '080101000003090202', { reference: 9, total: 2, sequence: 2 }],
      ['a reference behind a port element', '0b05040b8423f00003090201', { reference: 9, total: 2, sequence: 1 }],
      ['a sequence of 0', '050003090200', null],
      ['a sequence beyond the total', '050003090203', null],
      ['a total of 1', '050003090101', null],
      ['an element that reaches into the text', '03000309' + '0201', null],
      ['an empty header', '00' + '0003090201', null],
    ];
    for (const [what, hex, expected] of headers) {
      it(`finds ${expected ? 'its place' : 'no place'} in ${what}`, () => {
        const short_message = Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from('text')]);
        const pdu = new PDU('submit_sm', { destination_addr: '1', esm_class: 0x40, short_message }).toBuffer();
        assert.deepEqual(read(pdu).concatenation, expected);
      });
    }
  });
});
