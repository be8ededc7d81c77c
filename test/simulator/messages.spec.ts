import assert from 'node:assert/strict';
import { Esme, submitFields, tlv } from '../support/esme';
import { closeAll, portOf, simulate } from './running';

afterEach(closeAll);

const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('messages of the simulator', () => {
  it('are shown with their text, whatever it was written in', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    const cases: readonly (readonly [number, Buffer, string])[] = [
      [0, Buffer.of(0x00, 0x1b, 0x65, 0x10, 0x61), '@€Δa'],
      [1, Buffer.of(0x02), '$'],
      [0x10, Buffer.from('flash'), 'flash'],
      [0xf0, Buffer.from('flash'), 'flash'],
      [3, Buffer.of(0xe9, 0xfc), 'éü'],
      [8, ucs2('पंप 🚰'), 'पंप 🚰'],
      [0x18, ucs2('पंप'), 'पंप'],
      [4, Buffer.of(0xca, 0xfe), 'cafe'],
      [0xf5, Buffer.of(0xca, 0xfe), 'cafe'],
      [0, Buffer.of(0x80), '\ufffd'],
    ];
    for (const [data_coding, short_message, text] of cases) {
      await esme.submit('919812345678', { data_coding, short_message, registered_delivery: 0 });
      const message = simulator.messages().at(-1)!;
      assert.deepEqual([message.text, message.dataCoding], [text, data_coding]);
    }
  });

  it('are shown with account, server, addresses and optional parameters', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator, 2));
    const { message_id } = await esme.submit('919812345678', { registered_delivery: 0 }, [
      tlv(0x1400, '1101172974420810001'),
      tlv(0x1403, Buffer.of(0, 255)),
    ]);
    const [message] = simulator.messages();
    const { at, ...rest } = message!;
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 5000);
    assert.deepEqual(rest, {
      id: message_id,
      systemId: 'demo',
      server: 2,
      to: '919812345678',
      from: 'PUMPCO',
      text: 'Pump 3 alarm',
      dataCoding: 0,
      segments: 1,
      messageIds: [message_id],
      tlvs: { '1400': Buffer.from('1101172974420810001').toString('hex'), '1403': '00ff' },
      receipts: [],
    });
  });

  const short = (reference: number, total: number, sequence: number) => Buffer.of(5, 0, 3, reference, total, sequence);
  const wide = (reference: number, total: number, sequence: number) =>
    Buffer.of(6, 8, 4, 1, reference, total, sequence);
  for (const [name, header] of [
    ['an 8-bit', short],
    ['a 16-bit', wide],
  ] as const) {
    it(`are joined by ${name} reference, in whatever order and over whichever server the segments come`, async () => {
      const simulator = await simulate();
      const first = await Esme.bound(portOf(simulator));
      const second = await Esme.bound(portOf(simulator, 2));
      const segment = (sequence: number, text: string) => ({
        esm_class: 0x40,
        data_coding: 8,
        short_message: Buffer.concat([header(9, 3, sequence), ucs2(text)]),
      });
      const ids = [];
      ids[2] = (await first.submit('919812345678', segment(3, 'अलार्म'), [tlv(0x1400, 'third')]))['message_id'];
      ids[0] = (await second.submit('919812345678', segment(1, 'पंप '), [tlv(0x1400, 'first')]))['message_id'];
      assert.equal(simulator.messages()[0]!.text, 'पंप अलार्म');
      ids[1] = (await first.submit('919812345678', segment(2, '3 ')))['message_id'];
      const messages = simulator.messages();
      assert.equal(messages.length, 1);
      const { text, segments, messageIds, id, server, tlvs } = messages[0]!;
      assert.deepEqual({ text, segments, messageIds }, { text: 'पंप 3 अलार्म', segments: 3, messageIds: ids });
      assert.deepEqual([id, server, tlvs], [ids[2], 1, { '1400': Buffer.from('first').toString('hex') }]);
    });
  }

  it('are joined by SAR parameters', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    for (const sequence of [1, 2]) {
      const sar = [tlv(0x020c, Buffer.of(0, 7)), tlv(0x020e, Buffer.of(2)), tlv(0x020f, Buffer.of(sequence))];
      await esme.submit('919812345678', { short_message: Buffer.from(`part ${sequence} `) }, sar);
    }
    assert.deepEqual(
      simulator.messages().map(({ text, segments }) => [text, segments]),
      [['part 1 part 2 ', 2]],
    );
  });

  it('are apart where recipient, reference or account differ, or a segment comes again', async () => {
    const simulator = await simulate({ account: ['demo:demo', 'other:other'] });
    const esme = await Esme.bound(portOf(simulator));
    const other = await Esme.bound(portOf(simulator), { systemId: 'other', password: 'other' });
    const segment = (reference: number) => ({
      esm_class: 0x40,
      short_message: Buffer.concat([short(reference, 2, 1), Buffer.from('half')]),
    });
    await esme.submit('919812345678', segment(1));
    await esme.submit('919812345678', segment(1));
    await esme.submit('919812345678', segment(2));
    await esme.submit('919812345679', segment(1));
    await other.submit('919812345678', segment(1));
    assert.equal(simulator.messages().length, 5);
  });

  it('that never become whole are shown as far as they came', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await esme.submit('919812345678', {
      esm_class: 0x40,
      short_message: Buffer.concat([short(1, 3, 2), Buffer.from('middle')]),
    });
    const { text, segments, messageIds } = simulator.messages()[0]!;
    assert.deepEqual([text, segments, messageIds.length], ['middle', 3, 1]);
  });

  it('can come in a data_sm', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    const { short_message, ...fields } = submitFields('919812345678');
    const answer = await esme.request('data_sm', fields, [tlv(0x0424, short_message as Buffer)]);
    assert.equal(answer.command, 'data_sm_resp');
    assert.equal(simulator.messages()[0]!.text, 'Pump 3 alarm');
    assert.equal((await esme.next('deliver_sm'))['receipted_message_id'], answer['message_id']);
  });

  it('are remembered to a limit, the counts are exact beyond it', async () => {
    const simulator = await simulate({ servers: 1 });
    const esme = await Esme.bound(portOf(simulator), { command: 'bind_transmitter' });
    const batch = 5_000;
    for (let round = 0; round < 21; round += 1) {
      const answers = [];
      for (let count = 0; count < batch; count += 1) {
        answers.push(esme.submit(`9198${String(300_000 + round)}`, { registered_delivery: 0 }));
      }
      await Promise.all(answers);
    }
    const messages = simulator.messages();
    assert.equal(messages.length, 100_000);
    assert.deepEqual([messages[0]!.to, messages.at(-1)!.to], ['9198300001', '9198300020']);
    assert.equal(simulator.state().servers[0]!.accepted, 21 * batch);
    assert.deepEqual(
      simulator.messages(2).map(({ id }) => id),
      messages.slice(-2).map(({ id }) => id),
    );
  }).timeout(60_000);
});
