import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PDU } from '../../src/smpp/library';
import { deliverSm, headerOnly, submitAnswer } from '../../src/simulator/pdu-writer';

const address = fc.stringMatching(/^[0-9A-Za-z ]{0,20}$/);
const octet = fc.nat(255);

describe('PDUs the simulator writes by hand', () => {
  it('are the octets of the codec: deliver_sm', () => {
    const fields = fc.record({
      sourceTon: octet,
      sourceNpi: octet,
      source: address,
      destinationTon: octet,
      destinationNpi: octet,
      destination: address,
      esmClass: octet,
      dataCoding: octet,
      shortMessage: fc.uint8Array({ maxLength: 254 }).map((octets) => Buffer.from(octets)),
    });
    fc.assert(
      fc.property(fc.nat(0x7fffffff), fields, (sequence, deliver) => {
        const library = new PDU('deliver_sm', {
          sequence_number: sequence,
          source_addr_ton: deliver.sourceTon,
          source_addr_npi: deliver.sourceNpi,
          source_addr: deliver.source,
          dest_addr_ton: deliver.destinationTon,
          dest_addr_npi: deliver.destinationNpi,
          destination_addr: deliver.destination,
          esm_class: deliver.esmClass,
          data_coding: deliver.dataCoding,
          short_message: deliver.shortMessage,
        }).toBuffer();
        assert.deepEqual(deliverSm(sequence, { ...deliver, tlvs: Buffer.alloc(0) }), library);
      }),
    );
  });

  it('are the octets of the codec: submit_sm_resp, data_sm_resp and refusals', () => {
    fc.assert(
      fc.property(fc.nat(0x7fffffff), fc.stringMatching(/^[0-9a-f]{1,20}$/), (sequence_number, message_id) => {
        for (const [id, name] of [
          [0x04, 'submit_sm_resp'],
          [0x103, 'data_sm_resp'],
        ] as const) {
          assert.deepEqual(
            submitAnswer(id, sequence_number, message_id),
            new PDU(name, { sequence_number, message_id }).toBuffer(),
          );
        }
        const refusal = new PDU('submit_sm_resp', { sequence_number, command_status: 0x40b }).toBuffer();
        assert.deepEqual(headerOnly(0x80000004, 0x40b, sequence_number), refusal);
      }),
    );
  });
});
