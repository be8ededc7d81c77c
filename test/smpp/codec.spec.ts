import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { decodePdu, encodePdu } from '../../src/smpp/codec';
import { COMMAND } from '../../src/smpp/commands';
import { PDU } from '../../src/smpp/library';
import { PduError } from '../../src/smpp/pdu';
import { DELIVERIES, SESSION_PDUS, SUBMIT_ANSWERS, SUBMITS, UNKNOWN_REQUEST } from './corpus';

const asciiText = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 127 }), { maxLength }).map((codes) => String.fromCharCode(...codes));
const octet = fc.nat(255);
const sequence = fc.integer({ min: 0, max: 0x7fffffff });
const allFrames = [...SUBMITS, ...DELIVERIES, ...SUBMIT_ANSWERS, ...SESSION_PDUS].map(({ frame }) => frame);

describe('codec', () => {
  for (const { command, frame, status, sequence: number, fields } of SESSION_PDUS) {
    const name = `${command}${status === 0 ? '' : ` with status ${status}`}`;
    it(`writes ${name}`, () =>
      assert.equal(encodePdu(command, fields, number, status).toString('hex'), frame.toString('hex')));

    it(`reads ${name}`, () => {
      const commandId = frame.readUInt32BE(4);
      assert.deepEqual(decodePdu(frame), { command, commandId, status, sequence: number, fields });
    });
  }

  it('writes every command without fields, or with a status, as the library does', () => {
    const status = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffffffff }));
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(COMMAND)),
        sequence,
        status,
        (command, sequence_number, command_status) => {
          const expected = new PDU(command, { sequence_number, command_status }).toBuffer();
          assert.deepEqual(encodePdu(command, {}, sequence_number, command_status), expected);
        },
      ),
    );
  });

  it('reads the binds it wrote', () => {
    const commands = fc.constantFrom('bind_receiver', 'bind_transmitter', 'bind_transceiver');
    const fields = fc.record(
      {
        system_id: asciiText(15),
        password: asciiText(8),
        system_type: asciiText(12),
        interface_version: octet,
        addr_ton: octet,
        addr_npi: octet,
        address_range: asciiText(40),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(commands, fields, sequence, (command, given, number) => {
        const read = decodePdu(encodePdu(command, given, number));
        assert.deepEqual([read.command, read.sequence, read.status, read.fields], [command, number, 0, given]);
      }),
    );
  });

  it('reads the answers it wrote', () => {
    const commands = fc.constantFrom('submit_sm_resp', 'data_sm_resp', 'deliver_sm_resp');
    fc.assert(
      fc.property(commands, asciiText(64), sequence, (command, message_id, number) => {
        const read = decodePdu(encodePdu(command, { message_id }, number));
        assert.deepEqual([read.command, read.sequence, read.fields], [command, number, { message_id }]);
      }),
    );
  });

  it('leaves out fields that are undefined or null', () => {
    const given = { system_id: 'x', sc_interface_version: undefined, password: null };
    assert.deepEqual(decodePdu(encodePdu('bind_receiver_resp', given, 1)).fields, { system_id: 'x' });
  });

  it('reads a command it does not know as one without a name', () => {
    const read = decodePdu(UNKNOWN_REQUEST);
    assert.deepEqual(read, { command: null, commandId: 0x10200, status: 0, sequence: 8, fields: {} });
  });

  const misfits: readonly [string, string, Record<string, unknown>][] = [
    ['a command that does not exist', 'submit', {}],
    ['a command named like a property of every object', 'constructor', {}],
    ['a field that the library would drop', 'bind_transceiver', { systemId: 'demo' }],
    ['a number where a text belongs', 'bind_transceiver', { system_id: 42 }],
    ['a number out of range', 'bind_transceiver', { addr_ton: 256 }],
  ];
  for (const [what, command, fields] of misfits) {
    it(`refuses to write ${what}`, () => {
      assert.throws(
        () => encodePdu(command, fields, 1),
        (error) => error instanceof PduError && error.code === 'SMPP_PDU',
      );
    });
  }

  it('refuses to read a frame whose length is another than it says', () => {
    const frame = SESSION_PDUS[0]!.frame;
    assert.throws(() => decodePdu(frame.subarray(0, frame.length - 1)), PduError);
    assert.throws(() => decodePdu(Buffer.concat([frame, frame])), PduError);
    assert.throws(() => decodePdu(Buffer.alloc(3)), PduError);
  });

  it('refuses what makes the library throw', () => {
    const validityR = DELIVERIES.find(({ delivery }) => delivery.validityPeriod === 'R')!.frame;
    assert.throws(() => decodePdu(validityR), PduError);
  });

  it('throws nothing but PduError, whatever the octets', () => {
    const id = fc.oneof(fc.constantFrom(...Object.values(COMMAND)), fc.nat());
    const arbitraryFrame = fc.tuple(id, fc.uint8Array({ maxLength: 300 })).map(([commandId, body]) => {
      const frame = Buffer.concat([Buffer.alloc(16), body]);
      frame.writeUInt32BE(commandId, 4);
      return frame;
    });
    const mutatedFrame = fc
      .tuple(fc.constantFrom(...allFrames), fc.array(fc.tuple(fc.nat(300), octet), { maxLength: 6 }), fc.nat(300))
      .map(([frame, changes, cut]) => {
        const copy = Buffer.from(frame.subarray(0, Math.max(16, cut)));
        for (const [index, value] of changes) copy[4 + (index % (copy.length - 4))] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(arbitraryFrame, mutatedFrame), (frame) => {
        frame.writeUInt32BE(frame.length, 0);
        try {
          assert.equal(decodePdu(frame).commandId, frame.readUInt32BE(4));
        } catch (error) {
          if (!(error instanceof PduError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
