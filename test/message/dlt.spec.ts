import assert from 'node:assert/strict';
import { dltTlvs } from '../../src/message/dlt';
import { chainHash } from '../../src/message/dlt-chain';
import type { MessageProfile } from '../../src/message/message';
import { messageProfile } from '../../src/pool/settings';
import { defaultSettings } from '../../src/pool/settings-table';
import { refusal } from './refusal';

const PROFILE: MessageProfile = messageProfile(defaultSettings());
const PE = '1101172974420810001';
const TEMPLATE = '1107172974420810009';
const TM = '1102172974420830004';
const ALL = { peId: PE, templateId: TEMPLATE, tmId: TM };
/** Ids and hashes of chains without, with one and with two aggregators. */
const CHAINS: readonly (readonly [readonly string[], string])[] = [
  [['1101172974420830004'], 'c0c951afca257c5b87c3da535c09112080483f35b7e6faf35e2428b3b526b694'],
  [['1101172974420820002', '1101172974420830004'], 'ba38bbe4ab3780a70aad6071c006e720eed8efc1ff70b00691d3b6844e6497e2'],
  [
    ['1101172974420820002', '1101172974420820003', '1101172974420830004'],
    'd3133e436040034d9e95932ea93a1f82c37e1d98803229f835d8f3124e77e07f',
  ],
];

function values(ids: object, profile: Partial<MessageProfile> = {}): Record<string, string> {
  const { tlvs } = dltTlvs(ids, { ...PROFILE, ...profile });
  return Object.fromEntries(tlvs.map(({ tag, value }) => [tag.toString(16), value.toString('latin1')]));
}

function warnings(ids: object): readonly string[] {
  return dltTlvs(ids, PROFILE).warnings;
}

describe('DLT ids', () => {
  it('are octet strings of ASCII digits without a NUL, under the tags of the profile', () => {
    assert.deepEqual(values(ALL), { 1400: PE, 1401: TEMPLATE, 1402: TM });
    assert.deepEqual(values(ALL, { dltTags: [0x1501, 0x1502, 0x1503] }), { 1501: PE, 1502: TEMPLATE, 1503: TM });
    assert.deepEqual(warnings(ALL), []);
  });

  it('end with a NUL where the platform wants C strings', () => {
    assert.deepEqual(values({ peId: PE }, { dltFormat: 'cstring' }), { 1400: `${PE}\0` });
  });

  it('that are blank are left out, unless the pool requires all three', () => {
    assert.deepEqual(values({ peId: '', templateId: null, tmId: ' ' }), {});
    assert.throws(
      () => values({ peId: PE }, { dltRequired: true }),
      refusal(
        'templateId',
        /^templateId, tmId: the pool requires all three DLT ids; set what is missing in the message or the pool$/,
      ),
    );
    assert.equal(Object.keys(values(ALL, { dltRequired: true })).length, 3);
  });

  it('may be numbers as long as no digit is lost', () => {
    assert.deepEqual(values({ peId: 170100000001 }), { 1400: '170100000001' });
    assert.deepEqual(values({ peId: BigInt(PE) }), { 1400: PE });
    assert.throws(
      () => values({ peId: Number(PE) }),
      refusal(
        'peId',
        /^peId: the number 1101172974420810000 is too large to keep its last digits .* give it as a string in quotes$/,
      ),
    );
    assert.throws(() => values({ templateId: 1.5 }), refusal('templateId', /^templateId: 1.5 is not a text;/));
    assert.throws(() => values({ tmId: [TM] }), refusal('tmId', /^tmId: an array is not a text;/));
    assert.throws(() => values({ tmId: { id: TM } }), refusal('tmId', /^tmId: an object is not a text;/));
  });

  it('that cannot be in a TLV are refused', () => {
    assert.equal(values({ peId: '1'.repeat(254) })['1400']!.length, 254);
    assert.throws(
      () => values({ peId: '1'.repeat(255) }),
      refusal('peId', /^peId: 255 characters are too long for a DLT TLV, which holds at most 254; give the id alone$/),
    );
    assert.throws(
      () => values({ tmId: '११०२' }),
      refusal('tmId', /^tmId: "११०२" has a character that is not printable ASCII; give the id's digits$/),
    );
    assert.throws(() => values({ tmId: '11\u000002' }), refusal('tmId', /not printable ASCII/));
  });

  it('that look swapped are sent with a warning', () => {
    assert.deepEqual(values({ peId: TEMPLATE, templateId: PE }), { 1400: TEMPLATE, 1401: PE });
    assert.deepEqual(warnings({ peId: TEMPLATE, templateId: PE }), [
      `peId ${TEMPLATE} looks like the id of a template (digits 3 and 4 are 07): are the DLT ids swapped?`,
      `templateId ${PE} looks like the id of an entity (digits 3 and 4 are 01): are the DLT ids swapped?`,
    ]);
    assert.match(warnings({ peId: TM })[0]!, /the id of a telemarketer \(digits 3 and 4 are 02\)/);
    assert.match(warnings({ tmId: TEMPLATE })[0]!, /the id of a template/);
    assert.deepEqual(warnings({ tmId: PE }), [], 'telemarketers with 01 are in use');
  });

  it('of unusual length or with letters are sent with a warning', () => {
    assert.deepEqual(warnings({ peId: '110117297442', tmId: '110217297442' }), []);
    assert.deepEqual(warnings({ templateId: '110717297442' }), ['templateId 110717297442 has 12 digits, 19 are usual']);
    assert.deepEqual(warnings({ peId: '1101', tmId: `${TM},12` }), [
      'peId 1101 has 4 digits, 19 or 12 are usual',
      'tmId 12 has 2 digits, 19 or 12 are usual',
    ]);
    assert.deepEqual(warnings({ peId: 'PE-1' }), ['peId PE-1 is not all digits']);
  });
});

describe('The telemarketer field', () => {
  it('takes a comma list as it is given, and a hash computed elsewhere', () => {
    assert.deepEqual(values({ tmId: `${TM}, ${PE}` }), { 1402: `${TM}, ${PE}` });
    const hash = CHAINS[0]![1];
    assert.deepEqual(values({ tmId: hash }), { 1402: hash });
    assert.deepEqual(warnings({ tmId: hash }), []);
  });

  it('is the hash of the chain of entity and telemarketers where the pool says so', () => {
    for (const [ids, hash] of CHAINS) {
      assert.equal(chainHash(PE, ids), hash);
      assert.equal(values({ peId: PE, tmId: ids.join(' , ') }, { dltTmForm: 'hash' })['1402'], hash);
    }
    assert.deepEqual(values({ peId: PE }, { dltTmForm: 'hash' }), { 1400: PE });
  });

  it('cannot be a hash without both ends of the chain', () => {
    const profile = { dltTmForm: 'hash' } as const;
    assert.throws(
      () => values({ tmId: TM }, profile),
      refusal('peId', /^peId: the hash of the telemarketer chain needs the entity id and there is none; set it$/),
    );
    assert.throws(
      () => values({ peId: PE, tmId: ',' }, profile),
      refusal('tmId', /needs a telemarketer id and there is none/),
    );
  });
});
