import assert from 'node:assert/strict';
import { splitAddress } from '../../../nodes/editor/server-address';

describe('an address that is pasted into the field of a host', () => {
  for (const [text, expected] of [
    ['smpp1.example.com:2775', { host: 'smpp1.example.com', port: 2775 }],
    ['  192.0.2.7:3550 ', { host: '192.0.2.7', port: 3550 }],
    ['smpp://smpp1.example.com:2775/', { host: 'smpp1.example.com', port: 2775, tls: false }],
    ['smpps://smpp1.example.com:3550', { host: 'smpp1.example.com', port: 3550, tls: true }],
    ['ssmpp://user@smpp1.example.com', { host: 'smpp1.example.com', tls: true }],
    ['[2001:db8::7]:2775', { host: '2001:db8::7', port: 2775 }],
  ] as const) {
    it(`${text} is split`, () => assert.deepEqual(splitAddress(text), expected));
  }

  for (const text of ['smpp1.example.com', '2001:db8::7', '${HOST}', '', 'http://example.com', 'a b:1'])
    it(`${JSON.stringify(text)} is left alone`, () => assert.equal(splitAddress(text), null));
});
