import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { commandStatus, type StatusClass } from '../../src/smpp/command-status';
import { errors } from '../../src/smpp/library';

/** Every code of the platform's guide. */
const CODES = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x11, 0x13, 0x14, 0x15,
  0x33, 0x34, 0x40, 0x42, 0x43, 0x44, 0x45, 0x48, 0x49, 0x50, 0x51, 0x53, 0x54, 0x55, 0x58, 0x61, 0x62, 0x63, 0x64,
  0x65, 0x66, 0x67, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xfe, 0xff, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x40b,
];

const isUnnamed = (name: string): boolean => name.startsWith('ESME_0x');

function codesOf(statusClass: StatusClass): number[] {
  return CODES.filter((code) => commandStatus(code).class === statusClass);
}

describe('command status', () => {
  it('has a name and a description of its own for every code of the guide, and for no other', () => {
    const named = Array.from({ length: 0x1000 }, (_, code) => code).filter(
      (code) => !isUnnamed(commandStatus(code).name),
    );
    assert.deepEqual(named, CODES);
    assert.equal(new Set(CODES.map((code) => commandStatus(code).name)).size, CODES.length);
    assert.equal(new Set(CODES.map((code) => commandStatus(code).description)).size, CODES.length);
  });

  it('spells the names as the library does', () => {
    for (const code of CODES.filter((known) => known !== 0x40b)) {
      assert.equal(errors[commandStatus(code).name], code, commandStatus(code).name);
    }
    assert.equal(commandStatus(0x40b).name, 'ESME_RINVBALANCE');
  });

  it('puts the codes into their classes', () => {
    assert.deepEqual(codesOf('ok'), [0x00]);
    assert.deepEqual(codesOf('retry-here'), [0x14, 0x58]);
    assert.deepEqual(codesOf('retry-elsewhere'), [0x08, 0x45, 0x64, 0xfe]);
    assert.deepEqual(codesOf('account'), [0x04, 0x05, 0x0d, 0x0e, 0x0f, 0x53, 0x100, 0x101, 0x102, 0x103, 0x40b]);
  });

  it('calls retryable what is worth another try as it is', () => {
    assert.deepEqual(
      CODES.filter((code) => commandStatus(code).retryable),
      [0x08, 0x14, 0x45, 0x58, 0x64, 0xfe],
    );
  });

  it('names an unknown code by its number and says whose it is', () => {
    assert.deepEqual(commandStatus(0x410), {
      code: 0x410,
      name: 'ESME_0x00000410',
      description: "The platform's own error code (vendor specific): its operator knows the meaning",
      class: 'refuse',
      retryable: false,
    });
    for (const code of [0x400, 0x4ff]) assert.match(commandStatus(code).description, /vendor specific/);
    for (const code of [0x09, 0x3ff, 0x500, 0xffffffff]) assert.match(commandStatus(code).description, /reserved/);
    assert.equal(commandStatus(0xffffffff).name, 'ESME_0xFFFFFFFF');
  });

  it('never fails', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (code) => {
        const { name, description } = commandStatus(code);
        assert.match(name, /^ESME_\w+$/);
        assert.ok(description.length > 0);
      }),
    );
  });
});
