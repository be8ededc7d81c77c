import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { DltRegistry } from '../../src/simulator/simulator';
import { createSimulator } from '../../src/simulator/simulator';
import { Esme, textOf, tlv } from '../support/esme';
import { closeAll, portOf, simulate } from './running';

afterEach(closeAll);

const ENTITY = '1101172974420810001';
const TEMPLATE = '1107172974420810001';
const TELEMARKETER = '1102172974420830004';

interface Ids {
  readonly entity?: string | null;
  readonly template?: string | null;
  readonly telemarketer?: string | null;
}

function dlt({ entity = ENTITY, template = TEMPLATE, telemarketer = TELEMARKETER }: Ids = {}): Buffer[] {
  const values = [
    [0x1400, entity],
    [0x1401, template],
    [0x1402, telemarketer],
  ] as const;
  return values.flatMap(([tag, value]) => (value === null ? [] : [tlv(tag, value)]));
}

describe('DLT parameters where the platform insists on them', () => {
  const answers: readonly (readonly [string, number, Ids])[] = [
    ['accepts all three', 0, {}],
    [
      'accepts a NUL behind each',
      0,
      { entity: `${ENTITY}\0`, template: `${TEMPLATE}\0`, telemarketer: `${TELEMARKETER}\0` },
    ],
    ['accepts short ids, which are in use', 0, { entity: '110117297442', telemarketer: '110217297442' }],
    ['accepts a chain of telemarketers', 0, { telemarketer: `${TELEMARKETER},1102172974420830005` }],
    ['accepts the hash of a chain', 0, { telemarketer: createHash('sha256').update('x').digest('hex') }],
    ['misses the entity', 0xc3, { entity: null }],
    ['misses the template', 0xc3, { template: null }],
    ['misses the telemarketer', 0xc3, { telemarketer: null }],
    ['finds the entity too short', 0xc2, { entity: '1' }],
    ['finds the entity empty', 0xc2, { entity: '' }],
    ['finds the template too long', 0xc2, { template: '1'.repeat(31) }],
    ['finds the telemarketer too long', 0xc2, { telemarketer: '1'.repeat(65) }],
    ['finds letters in the entity', 0xc4, { entity: 'entity-of-letters' }],
    ['finds letters in the template', 0xc4, { template: 'template-of-letters' }],
    ['finds letters in the telemarketer', 0xc4, { telemarketer: 'ABCDEFGHIJKLMNOPQRS' }],
  ];
  for (const [what, status, ids] of answers) {
    it(`the simulator ${what}`, async () => {
      const esme = await Esme.bound(portOf(await simulate({ requireDlt: true })));
      assert.equal((await esme.submit('919812345678', {}, dlt(ids))).command_status, status);
    });
  }

  it('are no business of one that does not insist', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    assert.equal((await esme.submit('919812345678')).command_status, 0);
    assert.equal((await esme.submit('919812345678', {}, dlt({ entity: 'x' }))).command_status, 0);
  });

  it('cannot be had from an SMPP 3.3 bind', async () => {
    const esme = await Esme.bound(portOf(await simulate({ requireDlt: true })), { version: 0x33 });
    assert.equal((await esme.submit('919812345678')).command_status, 0xc3);
  });
});

describe('the DLT registry', () => {
  const registry: DltRegistry = {
    entities: { [ENTITY]: 'active', '1101000000000000002': 'blacklisted', '1101000000000000003': 'inactive' },
    telemarketers: { [TELEMARKETER]: 'active', '1102000000000000002': 'inactive' },
    senders: { PUMPCO: 'active', OLDPMP: 'inactive', NEWPMP: 'active' },
    templates: {
      [TEMPLATE]: { standing: 'active', senders: ['PUMPCO', 'OLDPMP'], text: 'Pump {#var#} alarm' },
      '1107000000000000002': { standing: 'blacklisted' },
      '1107000000000000003': { standing: 'inactive' },
      '1107000000000000004': { standing: 'active' },
    },
  };
  const hash = createHash('sha256').update(`${ENTITY},${TELEMARKETER}`).digest('hex');
  const text = (words: string) => ({ short_message: Buffer.from(words) });

  const verdicts: readonly (readonly [string, string, Ids, Record<string, unknown>])[] = [
    ['everything in order', '000', {}, {}],
    ['the telemarketer at the end of a chain', '000', { telemarketer: `1,${TELEMARKETER}` }, {}],
    ['the hash of entity and telemarketer', '000', { telemarketer: hash }, {}],
    ['a template for any sender and text', '000', { template: '1107000000000000004' }, text('anything')],
    ['an unknown telemarketer', '780', { telemarketer: '1102999999999999999' }, {}],
    ['an inactive telemarketer', '780', { telemarketer: '1102000000000000002' }, {}],
    ['an entity that is no number', '781', { entity: 'nobody' }, {}],
    ['an inactive entity', '781', { entity: '1101000000000000003' }, {}],
    ['an unknown entity', '784', { entity: '1101999999999999999' }, {}],
    ['a blacklisted entity', '786', { entity: '1101000000000000002' }, {}],
    ['an unknown template', '782', { template: '1107999999999999999' }, {}],
    ['a blacklisted template', '785', { template: '1107000000000000002' }, {}],
    ['an inactive template', '788', { template: '1107000000000000003' }, {}],
    ['an unknown sender', '777', {}, { source_addr: 'NOBODY' }],
    ['an inactive sender', '787', {}, { source_addr: 'OLDPMP' }],
    ['a sender that is not of the template', '789', {}, { source_addr: 'NEWPMP' }],
    ['a text that is not of the template', '777', {}, text('Tank 3 alarm')],
    ['a variable of 30 characters', '000', {}, text(`Pump ${'3'.repeat(30)} alarm`)],
    ['a variable of 31 characters', '783', {}, text(`Pump ${'3'.repeat(31)} alarm`)],
  ];
  for (const [what, code, ids, fields] of verdicts) {
    it(`has the receipt say ${code} to ${what}`, async () => {
      const esme = await Esme.bound(portOf(await simulate({ dlt: registry, requireDlt: false })));
      assert.equal((await esme.submit('919812345678', fields, dlt(ids))).command_status, 0);
      assert.match(textOf(await esme.next('deliver_sm')), new RegExp(` err:${code} `));
    });
  }

  it('compares the whole text of a long message', async () => {
    const esme = await Esme.bound(portOf(await simulate({ dlt: registry })));
    for (const [part, words] of [
      [1, 'Pump 3'],
      [2, ' alarm'],
    ] as const) {
      const short_message = Buffer.concat([Buffer.of(5, 0, 3, 1, 2, part), Buffer.from(words)]);
      await esme.submit('919812345678', { esm_class: 0x40, short_message }, dlt());
    }
    for (const receipt of [await esme.next('deliver_sm'), await esme.next('deliver_sm')]) {
      assert.match(textOf(receipt), / err:000 /);
    }
  });

  it('looks up only what was sent', async () => {
    const esme = await Esme.bound(portOf(await simulate({ dlt: registry })));
    await esme.submit('919812345678', text('anything'));
    assert.match(textOf(await esme.next('deliver_sm')), / err:000 /);
  });

  it('must be written right', async () => {
    const wrong = { entities: { [ENTITY]: 'alive' } } as unknown as DltRegistry;
    await assert.rejects(createSimulator({ dlt: wrong }), { code: 'SMPP_INVALID_INPUT', field: 'dlt' });
  });
});
