import assert from 'node:assert/strict';
import { customTlvs } from '../../src/message/tlv-values';
import { refusal } from './refusal';

function hexOf(type: string, value: unknown): string {
  const [tlv] = customTlvs([{ tag: '1403', type, value }], new Map());
  assert.equal(tlv!.tag, 0x1403);
  return tlv!.value.toString('hex');
}

function refused(row: unknown, message: RegExp): void {
  assert.throws(() => customTlvs([row], new Map([[0x1400, 'it carries a DLT id']])), refusal('tlvs', message));
}

describe('Custom TLVs', () => {
  it('are written by type', () => {
    assert.equal(hexOf('octets', 'ab1é'), '616231c3a9');
    assert.equal(hexOf('octets', Buffer.from([0, 255])), '00ff');
    assert.equal(hexOf('octets', 42), '3432');
    assert.equal(hexOf('octets', true), '74727565');
    assert.equal(hexOf('octets', ''), '');
    assert.equal(hexOf('cstring', 'ab'), '616200');
    assert.equal(hexOf('int8', 255), 'ff');
    assert.equal(hexOf('int16', '258'), '0102');
    assert.equal(hexOf('int32', '0xFFFFFFFF'), 'ffffffff');
    assert.equal(hexOf('hex', 'DE ad be EF'), 'deadbeef');
    assert.equal(hexOf('hex', Buffer.from([1])), '01');
  });

  it('keep the order of their rows, the same tag twice included', () => {
    const rows = [
      { tag: '0x1403', type: 'int8', value: 1 },
      { tag: '5', type: 'int8', value: 2 },
      { tag: '1403', type: 'int8', value: 3 },
    ];
    assert.deepEqual(
      customTlvs(rows, new Map()).map(({ tag, value }) => [tag, value[0]]),
      [
        [0x1403, 1],
        [5, 2],
        [0x1403, 3],
      ],
    );
    for (const none of [undefined, null, '', []]) assert.deepEqual(customTlvs(none, new Map()), []);
  });

  it('need a tag in hex', () => {
    for (const tag of ['', '0', '0000', '14031', 'xyz', 0x1403, undefined, '-1']) {
      refused(
        { tag, type: 'int8', value: 1 },
        /^tlvs: row 1: the tag .* is not a hex number from "0001" to "FFFF"; give it as a string such as "1403"$/,
      );
    }
  });

  it('need a type that is known and a value', () => {
    refused(
      { tag: '1403', value: 1 },
      /^tlvs: row 1 \(1403\): the type nothing is not known; use one of octets, cstring, int8, int16, int32, hex$/,
    );
    refused({ tag: '1403', type: 'toString', value: 1 }, /the type "toString" is not known/);
    refused(
      { tag: '1403', type: 'octets' },
      /^tlvs: row 1 \(1403\): there is no value \(nothing\); give one or remove the row$/,
    );
    refused({ tag: '1403', type: 'octets', value: null }, /there is no value \(null\)/);
  });

  it('need a value of their type', () => {
    for (const value of [256, -1, 1.5, NaN, '', 'x', '1e2', true, {}]) {
      refused({ tag: '1403', type: 'int8', value }, /is not a whole number from 0 to 255; give one or another type$/);
    }
    refused({ tag: '1403', type: 'int16', value: 65536 }, /from 0 to 65535;/);
    refused({ tag: '1403', type: 'int32', value: 2 ** 32 }, /from 0 to 4294967295;/);
    for (const value of ['a', '0g', 12, {}])
      refused({ tag: '1403', type: 'hex', value }, /is not hex; give two hex digits an octet$/);
    for (const value of [{}, [], Symbol('x')])
      refused({ tag: '1403', type: 'octets', value }, /cannot be written as octets; give a string or a Buffer$/);
    refused({ tag: '1403', type: 'octets', value: 2 ** 60 }, /cannot be written digit for digit; give it as a string$/);
    refused(
      { tag: '1403', type: 'cstring', value: 'a\u0000b' },
      /a cstring ends at its first NUL and the value has one; use the type octets$/,
    );
  });

  it('hold at most 65535 octets', () => {
    assert.equal(hexOf('octets', 'a'.repeat(65535)).length, 2 * 65535);
    refused(
      { tag: '1403', type: 'cstring', value: 'a'.repeat(65535) },
      /^tlvs: row 1 \(1403\): 65536 octets are too long for a TLV, which holds 65535; shorten the value$/,
    );
  });

  it('may not repeat what the message has already', () => {
    refused(
      { tag: '1400', type: 'int8', value: 1 },
      /^tlvs: row 1 \(1400\): the message has this TLV already: it carries a DLT id; remove the row$/,
    );
    refused(
      { tag: '424', type: 'octets', value: 'x' },
      /^tlvs: row 1 \(0424\): .*message_payload carries the text; set longMessage to "payload" instead/,
    );
    for (const tag of ['020C', '020e', '0x020F'])
      refused({ tag, type: 'int8', value: 1 }, /is written where longMessage is "sar"/);
  });

  it('are rows of a list', () => {
    assert.throws(
      () => customTlvs({ tag: '1403' }, new Map()),
      refusal('tlvs', /^tlvs: an object is no list; give an array of \{tag, type, value\}$/),
    );
    for (const row of [null, 'x', 7, []]) refused(row, /^tlvs: row 1: .* is no row; give \{tag, type, value\}$/);
  });
});
