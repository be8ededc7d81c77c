import assert from 'node:assert/strict';
import { InvalidInputError } from '../../src/base/errors';
import { checkSetting, isEnv, parseTags } from '../../src/pool/settings-check';
import type { Setting } from '../../src/pool/settings-table';

const text = (more: object = {}): Setting => ({ kind: 'text', default: '', ...more }) as Setting;
const whole = (more: object = {}): Setting => ({ kind: 'whole', default: 5, min: 1, max: 10, ...more }) as Setting;
const CHOICE = { kind: 'choice', default: 'one', choices: ['one', 'two'] } as Setting;
const FLAG = { kind: 'flag', default: true } as Setting;
const NODE = { kind: 'node', default: '', type: 'tls-config' } as Setting;

describe('a setting of a pool', () => {
  const taken: readonly (readonly [string, Setting, unknown, unknown])[] = [
    ['a whole number', whole(), 10, 10],
    ['a number as a text', whole(), ' 7 ', 7],
    ['a blank number: the default', whole(), ' ', 5],
    ['any whole number from its least on', whole({ max: undefined }), 123_456, 123_456],
    ['one of its choices', CHOICE, 'two', 'two'],
    ['no choice: the default', CHOICE, null, 'one'],
    ['a flag', FLAG, false, false],
    ['a flag as a text', FLAG, 'false', false],
    ['no flag: the default', FLAG, '', true],
    ['a text, without blanks at its ends', text(), ' ab ', 'ab'],
    ['a number as a text', text(), 42, '42'],
    ['no text: the default', text({ default: 'smpp' }), undefined, 'smpp'],
    ['a blank text: blank', text({ default: 'smpp' }), '  ', ''],
    ['a blank text that must be given: the default', text({ default: 'smpp', required: true }), '', 'smpp'],
    ['a host', text({ form: 'host' }), 'smpp.example.com', 'smpp.example.com'],
    ['an IPv6 address, without brackets', text({ form: 'host' }), '[::1]', '::1'],
    ['a sender', text({ form: 'sender' }), 'ALERTS', 'ALERTS'],
    ['a DLT id', text({ form: 'dltId' }), '1101172974420810001', '1101172974420810001'],
    ['several ids', text({ form: 'dltIds' }), '1302, 1303', '1302, 1303'],
    ['a hash', text({ form: 'dltIds' }), 'a'.repeat(64), 'a'.repeat(64)],
    ['a time zone', text({ form: 'timeZone' }), 'Asia/Kolkata', 'Asia/Kolkata'],
    ['a country, in capitals', text({ form: 'country' }), 'in', 'IN'],
    ['an address of Redis', text({ form: 'redisUrl' }), 'redis://localhost:6379', 'redis://localhost:6379'],
    ['the id of a node', NODE, 'abc', 'abc'],
    ['no node', NODE, undefined, ''],
  ];
  for (const [what, row, value, used] of taken) {
    it(`may be ${what}`, () => {
      assert.equal(checkSetting('name', row, value), used);
    });
  }

  const refused: readonly (readonly [string, Setting, unknown, RegExp, string])[] = [
    ['too large', whole(), 11, /^name: 11 is not a whole number from 1 to 10; give one$/, 'between'],
    ['a fraction', whole(), 1.5, /from 1 to 10/, 'between'],
    ['a number with a unit', whole(), '5s', /^name: "5s" is not a whole number/, 'between'],
    ['too small, without a largest', whole({ max: undefined }), 0, /is not a whole number of 1 or more/, 'atLeast'],
    ['a missing number without a default', whole({ default: null }), '', /is not a whole number/, 'between'],
    ['no choice of it', CHOICE, 'three', /^name: "three" is not known; use one of one, two$/, 'choice'],
    ['no flag', FLAG, 'yes', /^name: "yes" is neither true nor false/, 'flag'],
    ['a list in place of a text', text(), ['a'], /is not a text; give a string/, 'text'],
    ['a rounded number', text(), 2 ** 60, /give it as a string in quotes/, 'text'],
    ['too long', text({ length: 12 }), 'x'.repeat(13), /has 13 characters, and at most 12 are allowed/, 'length'],
    ['not ASCII', text({ ascii: true }), 'café', /is not printable ASCII/, 'ascii'],
    ['blank where it must be given', text({ form: 'host', required: true }), ' ', /is blank; give a host name/, 'host'],
    ['a host with a port', text({ form: 'host' }), 'a:1', /without port and slashes/, 'host'],
    ['a sender that is too long', text({ form: 'sender' }), 'TWELVE CHARS', /at most 11/, 'sender'],
    ['an id with letters', text({ form: 'dltId' }), '11a', /give the id's digits/, 'dltId'],
    ['tags that repeat', text({ form: 'dltTags' }), '1400,1400,1402', /three different/, 'dltTags'],
    ['a prefix with a brace', text({ form: 'redisPrefix' }), 'a{b', /without blanks and braces/, 'redisPrefix'],
    ['no time zone', text({ form: 'timeZone' }), 'Kolkata', /Asia\/Kolkata/, 'timeZone'],
    ['no country', text({ form: 'country' }), 'XX', /ISO 3166/, 'country'],
    ['no id of a node', NODE, 5, /choose one in the dialog/, 'text'],
  ];
  for (const [what, row, value, words, key] of refused) {
    it(`is refused by its name where it is ${what}`, () => {
      assert.throws(
        () => checkSetting('name', row, value),
        (error) =>
          error instanceof InvalidInputError &&
          error.field === 'name' &&
          words.test(error.message) &&
          error.reason?.key === key,
      );
    });
  }

  it('never shows the password of an address of Redis', () => {
    assert.throws(
      () => checkSetting('redisUrl', text({ form: 'redisUrl' }), 'http://user:secret@host'),
      (error) => error instanceof InvalidInputError && !error.message.includes('secret'),
    );
  });

  it('may be an environment variable that is not set: that is told elsewhere', () => {
    assert.deepEqual(['${HOST}', '$HOST', 'a ${HOST}', '${}', 5].map(isEnv), [true, false, false, false, false]);
  });

  it('of three tags is three numbers', () => {
    assert.deepEqual(parseTags('1400, 0x1401,1402'), [0x1400, 0x1401, 0x1402]);
    for (const tags of ['', '1400,1401', '1400,1401,14020', '1400,1401,xyz']) assert.equal(parseTags(tags), undefined);
  });
});
