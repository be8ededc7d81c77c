import assert from 'node:assert/strict';
import { Esme, submitFields, tlv } from '../support/esme';
import { closeAll, portOf, simulate } from './running';

afterEach(closeAll);

/** Every number of the platform guide's table of SMPP error codes. */
const GUIDE = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x11, 0x13, 0x14, 0x15,
  0x33, 0x34, 0x40, 0x42, 0x43, 0x44, 0x45, 0x48, 0x49, 0x50, 0x51, 0x53, 0x54, 0x55, 0x58, 0x61, 0x62, 0x63, 0x64,
  0x65, 0x66, 0x67, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xfe, 0xff, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x40b,
];

describe('answers to a submit', () => {
  it('can be every status of the guide, by the recipient 10dddd', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    for (const status of GUIDE) {
      const answer = await esme.submit(`9198${100000 + status}`);
      assert.equal(answer.command_status, status);
      assert.equal(answer['message_id'] === undefined, status !== 0);
    }
    const { submits, accepted, refused, throttled } = simulator.state().servers[0]!;
    assert.deepEqual(
      { submits, accepted, refused, throttled },
      { submits: 56, accepted: 1, refused: 54, throttled: 1 },
    );
    assert.equal(simulator.messages().length, 1);
  });

  it('are "too fast" three times for 100088 and 100020, message by message, then it is taken', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    const status = async (to: string, text: string) => (await esme.submit(to, { short_message: text })).command_status;
    for (const [to, code] of [
      ['919812100088', 0x58],
      ['919812100020', 0x14],
    ] as const) {
      for (const text of ['one', 'two']) assert.equal(await status(to, text), code);
      for (let count = 0; count < 2; count += 1) assert.equal(await status(to, 'one'), code);
      assert.equal(await status(to, 'one'), 0);
      assert.equal(await status(to, 'one'), code, 'as at first');
      assert.equal(await status(to, 'two'), code);
    }
    assert.equal(simulator.messages().length, 2);
  });

  it('are "too fast" for good for 200008', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    for (let count = 0; count < 8; count += 1) assert.equal((await esme.submit('919812200008')).command_status, 0x58);
    assert.equal(simulator.state().servers[0]!.throttled, 8);
  });

  it('carry an id that is new each time', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const answers = await Promise.all(Array.from({ length: 2000 }, () => esme.submit('919812345678')));
    const ids = new Set(answers.map((answer) => answer['message_id']));
    assert.equal(ids.size, 2000);
    for (const id of ids) assert.match(String(id), /^[0-9a-f]{10}$/);
  });

  it('say throttled beyond the budget, which is per account and server', async () => {
    const simulator = await simulate({ throughput: 5, account: ['demo:demo', 'other:other'] });
    const esme = await Esme.bound(portOf(simulator));
    const sameServer = await Esme.bound(portOf(simulator));
    const otherServer = await Esme.bound(portOf(simulator, 2));
    const otherAccount = await Esme.bound(portOf(simulator), { systemId: 'other', password: 'other' });
    for (let count = 0; count < 5; count += 1) assert.equal((await esme.submit('919812345678')).command_status, 0);
    assert.equal((await esme.submit('919812345678')).command_status, 0x58);
    assert.equal((await sameServer.submit('919812345678')).command_status, 0x58);
    assert.equal((await otherServer.submit('919812345678')).command_status, 0);
    assert.equal((await otherAccount.submit('919812345678')).command_status, 0);
    const { accepted, throttled, refused } = simulator.state().servers[0]!;
    assert.deepEqual({ accepted, throttled, refused }, { accepted: 6, throttled: 2, refused: 0 });
  });

  it('say that the credits have run out, on every server at once', async () => {
    const simulator = await simulate({ account: [{ systemId: 'demo', password: 'demo', credits: 2 }] });
    const first = await Esme.bound(portOf(simulator));
    const second = await Esme.bound(portOf(simulator, 2));
    assert.equal((await first.submit('919812345678')).command_status, 0);
    assert.equal((await first.submit('919812100011')).command_status, 11);
    assert.equal((await second.submit('919812345678')).command_status, 0);
    assert.equal((await first.submit('919812345678')).command_status, 0x40b);
    assert.deepEqual(simulator.state().accounts, [{ systemId: 'demo', credits: 0 }]);
  });

  const text = (length: number) => ({ short_message: Buffer.alloc(length, 0x61) });
  const refusals: readonly (readonly [string, number, Record<string, unknown>])[] = [
    ['more than 160 characters', 0x01, text(161)],
    ['more than 140 octets of UCS-2', 0x01, { ...text(142), data_coding: 8 }],
    ['more than 140 octets of Latin 1', 0x01, { ...text(141), data_coding: 3 }],
    ['more than 254 octets', 0x01, text(255)],
    ['a user data header that is longer than the message', 0x01, { short_message: Buffer.of(9, 0), esm_class: 0x40 }],
    [
      '154 characters beside a header of 6 octets',
      0x01,
      { short_message: Buffer.concat([Buffer.of(5, 0, 3, 1, 2, 1), Buffer.alloc(154)]), esm_class: 0x40 },
    ],
    ['no recipient', 0x0b, { destination_addr: '' }],
    ['a recipient of letters', 0x0b, { destination_addr: 'PUMP' }],
    ['a recipient that is too long', 0x0b, { destination_addr: '9'.repeat(21) }],
    ['a sender that is too long', 0x0a, { source_addr: 'PUMPCOMPANY2' }],
    ['an unknown type of sender', 0x48, { source_addr_ton: 7 }],
    ['an unknown plan of the sender', 0x49, { source_addr_npi: 2 }],
    ['an unknown type of recipient', 0x50, { dest_addr_ton: 7 }],
    ['an unknown plan of the recipient', 0x51, { dest_addr_npi: 2 }],
    ['an unknown priority', 0x06, { priority_flag: 4 }],
    ['an impossible registered_delivery', 0x07, { registered_delivery: 3 }],
    ['a service type that is too long', 0x15, { service_type: 'ABCDEF' }],
    ['an impossible replace flag', 0x54, { replace_if_present_flag: 2 }],
    ['a predefined message', 0x63, { sm_default_msg_id: 1 }],
    ['an impossible schedule', 0x61, { schedule_delivery_time: 'tomorrow at noon!' }],
    ['an impossible validity', 0x62, { validity_period: '0000tomorrow000R!' }],
    ['an unknown data_coding', 0x104, { data_coding: 5 }],
  ];
  for (const [what, status, fields] of refusals) {
    it(`refuse ${what}`, async () => {
      const esme = await Esme.bound(portOf(await simulate()));
      assert.equal((await esme.submit('919812345678', fields)).command_status, status);
    });
  }

  it('accept what just fits', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const header = Buffer.of(5, 0, 3, 1, 2, 1);
    const fitting: Record<string, unknown>[] = [
      text(160),
      { ...text(140), data_coding: 8 },
      { short_message: Buffer.concat([header, Buffer.alloc(153)]), esm_class: 0x40 },
      { short_message: Buffer.concat([header, Buffer.alloc(134)]), esm_class: 0x40, data_coding: 8 },
      { validity_period: '000000010000000R', schedule_delivery_time: '260715104000000+' },
      { source_addr: '', source_addr_ton: 0 },
      { data_coding: 0x18 },
    ];
    for (const fields of fitting) assert.equal((await esme.submit('919812345678', fields)).command_status, 0);
  });

  it('take a message_payload of 64 KiB, and one of data_sm as long as an SMS', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    const payload = (length: number) => tlv(0x0424, Buffer.alloc(length, 0x61));
    assert.equal((await esme.submit('919812345678', text(0), [payload(65000)])).command_status, 0);
    const dataSm = { destination_addr: '919812345678', data_coding: 4 };
    assert.equal((await esme.request('data_sm', dataSm, [payload(140)])).command, 'data_sm_resp');
    assert.equal((await esme.request('data_sm', dataSm, [payload(141)])).command_status, 0x01);
    assert.equal(simulator.messages()[0]!.text.length, 65000);
  });

  it('name a broken optional parameter', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const clipped = Buffer.from('14000013313233', 'hex');
    assert.equal((await esme.submit('919812345678', {}, [clipped])).command_status, 0xc0);
    assert.equal((await esme.submit('919812345678', {}, [Buffer.of(1, 2)])).command_status, 0xc0);
    assert.equal((await esme.submit('919812345678', {}, [tlv(0x020c, 'x')])).command_status, 0xc2);
  });

  describe('that get lost', () => {
    it('never come for 200000; the same message sent again is answered', async () => {
      const simulator = await simulate();
      const esme = await Esme.bound(portOf(simulator));
      const lost = esme.send('submit_sm', submitFields('919812200000'));
      const answer = await esme.submit('919812200000');
      assert.equal(answer.command_status, 0);
      assert.ok(answer.sequence_number > lost);
      assert.deepEqual(
        esme.inbox.filter(({ command }) => command === 'submit_sm_resp'),
        [],
      );
      assert.equal(simulator.messages().length, 2);
    });

    it('are cut off for 200001; the same message sent again is answered', async () => {
      const simulator = await simulate();
      const esme = await Esme.bound(portOf(simulator));
      await assert.rejects(esme.submit('919812200001'), /closed/);
      const again = await Esme.bound(portOf(simulator, 2));
      const { message_id } = await again.submit('919812200001');
      assert.deepEqual(
        simulator.messages().map(({ server, messageIds }) => [server, messageIds.includes(String(message_id))]),
        [
          [1, false],
          [2, true],
        ],
      );
    });

    it('come before the cut for 200002', async () => {
      const esme = await Esme.bound(portOf(await simulate()));
      assert.equal((await esme.submit('919812200002')).command_status, 0);
      await esme.closed;
    });
  });
});
