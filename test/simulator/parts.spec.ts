import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { decodeText, encodeGsm } from '../../src/simulator/alphabet';
import { Budget } from '../../src/simulator/budget';
import { selfSignedCertificate } from '../../src/simulator/certificate';
import { seededRandom } from '../../src/simulator/random';

describe('the budget of the simulator', () => {
  it('never lets more through than it may in any window of one second, and no less than it could', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 200 }),
        (perSecond, gaps) => {
          const budget = new Budget(perSecond);
          const taken: number[] = [];
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            const inWindow = taken.filter((at) => at > now - 1000).length;
            assert.equal(budget.take(now), inWindow < perSecond);
            if (inWindow < perSecond) taken.push(now);
          }
        },
      ),
    );
  });

  it('has no limit at 0', () => {
    const budget = new Budget(0);
    for (let count = 0; count < 1000; count += 1) assert.ok(budget.take(0));
  });
});

describe('the GSM alphabet of the simulator', () => {
  it('has 127 characters and 10 more behind an escape, all of which come back', () => {
    const septets = Array.from({ length: 128 }, (_, septet) => septet).filter((septet) => septet !== 0x1b);
    const extensions = [0x0a, 0x14, 0x28, 0x29, 0x2f, 0x3c, 0x3d, 0x3e, 0x40, 0x65].map((septet) => [0x1b, septet]);
    const characters = [...septets.map((septet) => [septet]), ...extensions];
    const texts = characters.map((octets) => decodeText(Buffer.from(octets), 'gsm'));
    assert.equal(new Set(texts).size, 137);
    texts.forEach((text, index) => assert.deepEqual(encodeGsm(text), [characters[index]]));
  });

  it('does not have everything', () => {
    assert.equal(encodeGsm('ç'), null);
    assert.equal(encodeGsm('पंप'), null);
  });
});

describe('the certificate of the simulator', () => {
  it('is a valid one of its own, for this machine', () => {
    const { cert } = selfSignedCertificate();
    const certificate = new X509Certificate(cert);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(certificate.checkHost('localhost'));
    assert.ok(certificate.checkIP('127.0.0.1'));
    assert.ok(certificate.checkIP('::1'));
    assert.equal(certificate.checkHost('example.org'), undefined);
    assert.ok(Date.parse(certificate.validFrom) < Date.now());
    assert.ok(Date.parse(certificate.validTo) > Date.now() + 3e10);
    assert.ok(certificate.ca);
  });

  it('is new each time', () => {
    assert.notEqual(selfSignedCertificate().cert, selfSignedCertificate().cert);
  });
});

describe('chance in the simulator', () => {
  it('is the same for a seed, spread over [0, 1), and another for another', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 1000 }, () => random());
    };
    const numbers = draw(5);
    assert.deepEqual(numbers, draw(5));
    assert.notDeepEqual(numbers, draw(6));
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    const mean = numbers.reduce((sum, number) => sum + number) / numbers.length;
    assert.ok(Math.abs(mean - 0.5) < 0.05, String(mean));
  });
});
