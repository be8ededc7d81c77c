import assert from 'node:assert/strict';
import {
  bound,
  cleanUp,
  control,
  CREDENTIALS,
  ended,
  flow,
  give,
  inbox,
  load,
  logged,
  messages,
  pool,
  poolNode,
  portsOf,
  send,
  simulate,
  until,
  type Message,
} from './runtime';
import type { Simulator } from '../../src/simulator/simulator';
import { StoreFile } from '../../src/store/disk/store-file';

const NUMBER = '447700900001';
const SECOND = '447700900002';
/** The simulator refuses these with ESME_RINVBALANCE, and with ESME_RINVDSTADR. */
const NO_CREDIT = '447700101035';
const BAD_ADDRESS = '447700100011';
const NO_NUMBER = '07700900123';

describe('smpp-send', () => {
  let simulator: Simulator;

  async function start(node: Record<string, unknown> = {}, poolSettings: Record<string, unknown> = {}): Promise<void> {
    await load(flow(pool(portsOf(simulator), poolSettings), send(node)));
    await bound();
  }

  beforeEach(async () => {
    simulator = await simulate();
  });
  afterEach(cleanUp);

  describe('an accepted message', () => {
    it('leaves with everything it came with, and with what became of it', async () => {
      await start();
      const untouched = { payload: 'Hello', topic: NUMBER, parts: { id: 'x', index: 0 }, order: { id: 7 } };
      give('send', { _msgid: 'm1', ...untouched });
      const [msg] = await messages('out', 1);
      const { smpp, _msgid, ...rest } = msg!;
      assert.deepEqual(rest, untouched);
      assert.equal(_msgid, 'm1');
      const { id, messageIds, queuedAt, submittedAt, answeredAt, ...facts } = smpp;
      assert.deepEqual(facts, {
        outcome: 'accepted',
        segments: 1,
        encoding: 'gsm7',
        dataCoding: 0,
        to: NUMBER,
        from: '',
        server: `127.0.0.1:${portsOf(simulator)[0]!}`,
        attempts: 1,
        possibleDuplicate: false,
        warnings: [],
      });
      assert.match(id, /^\S{8,}$/);
      assert.deepEqual(messageIds, simulator.messages()[0]!.messageIds);
      assert.deepEqual(Object.keys(smpp).slice(0, 9), [
        'outcome',
        'to',
        'segments',
        'encoding',
        'messageIds',
        'id',
        'server',
        'from',
        'dataCoding',
      ]);
      for (const time of [queuedAt, submittedAt, answeredAt]) assert.equal(new Date(time).toISOString(), time);
    });

    it('reaches the platform with the DLT ids of the message', async () => {
      await start({ from: 'ALERTS' });
      const dlt = { peId: '1101172974420810001', templateId: '1107172974420820002', tmId: '1302172974420830004' };
      give('send', { payload: 'Hello', topic: NUMBER, dlt });
      await messages('out', 1);
      const [{ tlvs, from, text, to }] = simulator.messages() as [ReturnType<Simulator['messages']>[number]];
      const hex = (value: string): string => Buffer.from(value).toString('hex');
      assert.deepEqual(tlvs, { 1400: hex(dlt.peId), 1401: hex(dlt.templateId), 1402: hex(dlt.tmId) });
      assert.deepEqual({ from, text, to }, { from: 'ALERTS', text: 'Hello', to: NUMBER });
    });

    it('is complete for Complete nodes, and no error for Catch nodes', async () => {
      await start();
      give('send', { payload: 'Hello', topic: NUMBER });
      const [msg] = await messages('completed', 1);
      assert.equal(msg!.smpp.outcome, 'accepted');
      assert.equal(inbox('out').length, 1);
      assert.deepEqual(inbox('caught'), []);
    });

    it('may be sent before the pool is bound: it waits', async () => {
      await load(flow(pool(portsOf(simulator)), send()));
      give('send', { payload: 'early', topic: NUMBER });
      const [msg] = await messages('out', 1);
      assert.equal(msg!.smpp.outcome, 'accepted');
    });

    it('takes every field from where its dialog says', async () => {
      process.env.SMPP_TEST_SENDER = 'FROMENV';
      await start({
        to: 'call.number',
        toType: 'msg',
        from: 'SMPP_TEST_SENDER',
        fromType: 'env',
        text: '"Order " & $string(order) & " is ready"',
        textType: 'jsonata',
        tlvs: [
          { tag: '1403', type: 'octets', value: 'abc', valueType: 'str' },
          { tag: '1404', type: 'int16', value: 'order', valueType: 'msg' },
        ],
      });
      delete process.env.SMPP_TEST_SENDER;
      give('send', { call: { number: NUMBER }, order: 258 });
      await messages('out', 1);
      const [message] = simulator.messages();
      assert.equal(message!.from, 'FROMENV');
      assert.equal(message!.text, 'Order 258 is ready');
      assert.deepEqual(message!.tlvs, { 1403: '616263', 1404: '0102' });
    });

    for (const [what, tlvs] of [
      ['a row without a value', [{ tag: '1403', type: 'octets' }]],
      ['an empty row', [null]],
      ['no list', '1403'],
    ] as const) {
      it(`is refused where the TLVs of a flow file written by hand are ${what}`, async () => {
        await start({ tlvs });
        give('send', { topic: NUMBER, payload: 'Hello' });
        const [{ error }] = (await messages('caught', 1)) as [Message];
        assert.match(error.message, /tlvs: /);
        assert.equal(simulator.messages().length, 0);
      });
    }

    it('takes the value of a TLV as it is where a flow file written by hand does not say its type', async () => {
      await start({ tlvs: [{ tag: '1403', type: 'int16', value: 258 }] });
      give('send', { topic: NUMBER, payload: 'Hello' });
      await messages('out', 1);
      assert.deepEqual(simulator.messages()[0]!.tlvs, { 1403: '0102' });
    });

    it('is sent as msg.sms says where that says something', async () => {
      await start({ from: 'NODE', encoding: 'gsm7' });
      give('send', { payload: 'Hello', topic: NUMBER, sms: { from: 'MESSAGE', encoding: 'ucs2' } });
      const [msg] = await messages('out', 1);
      assert.equal(msg!.smpp.from, 'MESSAGE');
      assert.equal(msg!.smpp.dataCoding, 8);
    });
  });

  describe('a message to which nothing can be added', () => {
    const frozen = (to: string): Record<string, unknown> => Object.freeze({ payload: 'Hello', topic: to });
    const guarded = (to: string): Record<string, unknown> => ({
      payload: 'Hello',
      topic: to,
      set smpp(_value: unknown) {
        throw new Error('not here');
      },
      get broken(): never {
        throw new Error('nor here');
      },
    });
    const readOnly = (to: string): Record<string, unknown> => ({
      payload: 'Hello',
      topic: to,
      get smpp() {
        return 'mine';
      },
    });
    for (const [what, make] of Object.entries({ frozen, guarded, readOnly })) {
      it(`leaves as a copy, accepted or refused (${what})`, async () => {
        await start();
        give('send', make(NUMBER));
        give('send', make(NO_CREDIT));
        assert.equal((await messages('out', 1))[0]!.smpp.outcome, 'accepted');
        assert.equal((await messages('caught', 1))[0]!.smpp.outcome, 'refused');
        assert.equal((await messages('completed', 1)).length, 1);
        assert.deepEqual(ended(), [undefined, 'ESME_RINVBALANCE']);
      });

      it(`leaves as a copy by the second output (${what})`, async () => {
        await start({ failures: 'output' });
        give('send', make(''));
        const [failed] = await messages('failed', 1);
        assert.deepEqual([failed!.smpp.outcome, failed!.error.code], ['invalid', 'SMPP_INVALID_INPUT']);
      });
    }
  });

  describe('a queue that is longer than what is kept in memory', () => {
    const COUNT = 60;
    const payload = 'x'.repeat(1000);
    const ballast = 'y'.repeat(100_000);
    const call = (): string => 'what cannot be stored';
    const queue = async (topic: unknown): Promise<void> => {
      for (let n = 0; n < COUNT; n++) give('send', { _msgid: String(n), payload, topic, ballast, call });
      await until(() => poolNode().handle.snapshot().queue.waiting >= COUNT);
    };
    const startStopped = async (more: Record<string, unknown> = {}): Promise<void> => {
      await load(flow(pool(portsOf(simulator), { store: 'disk' }), send(more)));
      await bound();
      await control(simulator, '/servers/1/stop');
      await until(() => poolNode().handle.snapshot().bound === 0);
    };

    it('comes back from the disk whole, and each input is complete once', async () => {
      await startStopped();
      await queue(NUMBER);
      await control(simulator, '/servers/1/start');
      const out = await messages('out', COUNT);
      await messages('completed', COUNT);
      for (const msg of out) assert.deepEqual([msg.ballast, msg.call, msg.smpp.outcome], [ballast, call, 'accepted']);
      assert.deepEqual(new Set(out.map(({ _msgid }) => _msgid)).size, COUNT);
      assert.deepEqual(ended(), new Array(COUNT).fill(undefined));
    });

    it('fails from the disk: each input ends once, with its error', async () => {
      await startStopped({ validity: '2' });
      await queue(NUMBER);
      const caught = await messages('caught', COUNT);
      for (const msg of caught) assert.deepEqual([msg.ballast, msg.smpp.outcome], [ballast, 'expired']);
      assert.deepEqual(ended(), new Array(COUNT).fill('SMPP_EXPIRED'));
      assert.deepEqual(inbox('completed'), []);
    });

    it('of two recipients each: both are told, and each input is complete once, with its list', async () => {
      await startStopped({ validity: '2' });
      const topic = [NUMBER, SECOND];
      await queue(topic);
      const caught = await messages('caught', 2 * COUNT);
      const completed = await messages('completed', COUNT);
      assert.deepEqual(caught.map((msg) => msg.topic).sort(), caught.map(({ smpp }) => smpp.to).sort());
      assert.deepEqual(
        completed.map((msg) => msg.topic),
        new Array(COUNT).fill(topic),
      );
      assert.deepEqual(ended(), new Array(COUNT).fill(undefined));
    });
  });

  describe('a failed message, by default', () => {
    it('goes to Catch nodes with the code, the words and the cause of the refusal', async () => {
      await start();
      give('send', { payload: 'Hello', topic: NO_CREDIT, order: 7 });
      const [msg] = await messages('caught', 1);
      assert.equal(msg!.order, 7);
      assert.equal(msg!.error.code, 'ESME_RINVBALANCE');
      assert.match(msg!.error.message, /credit/);
      assert.equal(msg!.error.cause.commandStatus, 0x40b);
      assert.equal(msg!.error.cause.retryable, false);
      assert.equal(msg!.error.source.id, 'send');
      assert.equal(msg!.smpp.outcome, 'refused');
      assert.equal(msg!.smpp.to, NO_CREDIT);
      assert.deepEqual([inbox('out'), inbox('failed'), inbox('completed')], [[], [], []]);
    });

    it('is expired when it waited too long', async () => {
      const [port] = portsOf(simulator);
      await simulator.close();
      await load(flow(pool([port!]), send({ validity: '1' })));
      give('send', { payload: 'Hello', topic: NUMBER });
      const [msg] = await messages('caught', 1);
      assert.equal(msg!.error.code, 'SMPP_EXPIRED');
      assert.equal(msg!.smpp.outcome, 'expired');
    });

    it('is an overflow when the queue is full', async () => {
      const [port] = portsOf(simulator);
      await simulator.close();
      // A pool of its own: what waits in memory outlives the flows, and so this test.
      const settings = { id: 'full', queueLimit: 2 };
      await load(flow(pool([port!], settings), send({ pool: 'full' })), { full: CREDENTIALS.pool });
      for (const payload of ['1', '2', '3']) give('send', { payload, topic: NUMBER });
      const [msg] = await messages('caught', 1);
      assert.equal(msg!.payload, '3');
      assert.equal(msg!.error.code, 'SMPP_QUEUE_FULL');
      assert.equal(msg!.smpp.outcome, 'overflow');
    });

    for (const [what, msg, words] of [
      ['without a recipient', { payload: 'Hello' }, /recipient/],
      ['to a name', { payload: 'Hello', topic: 'Alice' }, /phone number/],
      ['with an object as its text', { payload: { a: 1 }, topic: NUMBER }, /text/],
      ['without a text', { topic: NUMBER }, /text/],
      ['with null as its text', { payload: null, topic: NUMBER }, /text/],
      ['with NaN as its text', { payload: NaN, topic: NUMBER }, /text/],
      ['with an unknown setting', { payload: 'Hello', topic: NUMBER, sms: { form: 'X' } }, /form/],
      ['with a DLT id too long for a TLV', { payload: 'x', topic: NUMBER, dlt: { peId: '1'.repeat(70000) } }, /peId/],
    ] as const) {
      it(`is invalid ${what}: Catch hears why, nothing is sent`, async () => {
        await start();
        give('send', { ...msg });
        const [caught] = await messages('caught', 1);
        assert.equal(caught!.error.code, 'SMPP_INVALID_INPUT');
        assert.match(caught!.error.message, words);
        assert.equal(caught!.smpp.outcome, 'invalid');
        give('send', { payload: 'after', topic: NUMBER });
        await messages('out', 1);
        assert.deepEqual(
          simulator.messages().map(({ text }) => text),
          ['after'],
        );
        assert.equal(inbox('caught').length, 1);
      });
    }

    for (const [msg, node, sentence, cause] of [
      [
        { payload: 'Hello', topic: 'plant/pump/7' },
        {},
        'to (msg.topic): "plant/pump/7" is not a phone number; an MQTT topic?',
        'to',
      ],
      [{ topic: NUMBER }, {}, 'text (msg.payload): there is none', 'text'],
      [{ topic: NUMBER, payload: '' }, {}, 'text (msg.payload): it is empty; give a text', 'text'],
      [{ topic: NUMBER }, { text: 'order.text', textType: 'msg' }, 'text (msg.order.text): there is none', 'text'],
      [{ topic: NUMBER }, { text: '#:(default)::words', textType: 'flow' }, 'text (flow.words): there is none', 'text'],
      [
        { topic: NUMBER },
        { text: 'order.text', textType: 'jsonata' },
        'text (JSONata order.text): there is none',
        'text',
      ],
      [{ payload: 'Hello' }, {}, /^to \(msg\.topic\): there is no recipient; /, 'to'],
      [{ payload: 'Hello', topic: {} }, {}, /^to \(msg\.topic\): an object is no recipient; /, 'to'],
      [
        { payload: 'Hello', topic: [NO_NUMBER, NO_NUMBER] },
        {},
        /^to \(msg\.topic\): "07700900123" begins with 0/,
        'to',
      ],
      [
        { payload: 'Hello' },
        { to: 'Bob', toType: 'str' },
        /^to \(the node's own text\): "Bob" is not a phone number/,
        'to',
      ],
      [
        { payload: 'Hello', topic: NUMBER, sms: { validity: -1 } },
        {},
        /^validity \(msg\.sms\.validity\): -1 is not/,
        'validity',
      ],
      [{ payload: 'Hello', topic: NUMBER, dlt: { peId: 'é' } }, {}, /^peId \(msg\.dlt\.peId\): /, 'peId'],
    ] as const) {
      it(`says where it looked, in the sentence alone, on both ways out: ${String(sentence)}`, async () => {
        for (const [failures, id] of [
          ['catch', 'caught'],
          ['output', 'failed'],
        ] as const) {
          await start({ ...node, failures });
          give('send', { ...msg });
          const { error } = (await messages(id, 1))[0]!;
          if (typeof sentence === 'string') assert.equal(error.message, sentence);
          else assert.match(error.message, sentence);
          assert.equal(error.cause.field, cause);
          await cleanUp();
          simulator = await simulate();
        }
      });
    }

    for (const [what, node] of [
      ['a field', { from: '${SMPP_TEST_UNSET}', fromType: 'str' }],
      ['an environment field', { from: 'SMPP_TEST_UNSET', fromType: 'env' }],
      ['a part of an environment field', { from: 'a-${SMPP_TEST_UNSET}', fromType: 'env' }],
      ['a setting', { validity: '${SMPP_TEST_UNSET}' }],
    ] as const) {
      it(`is invalid while the environment variable of ${what} is not set`, async () => {
        await start(node);
        give('send', { payload: 'Hello', topic: NUMBER });
        const [caught] = await messages('caught', 1);
        assert.equal(caught!.error.code, 'SMPP_INVALID_INPUT');
        assert.match(caught!.error.message, /unresolved|SMPP_TEST_UNSET/);
        assert.deepEqual(simulator.messages(), []);
      });
    }

    it('is invalid when its expression fails', async () => {
      await start({ text: '$number("x")', textType: 'jsonata' });
      give('send', { topic: NUMBER });
      const [caught] = await messages('caught', 1);
      assert.equal(caught!.error.code, 'SMPP_INVALID_INPUT');
      assert.match(caught!.error.message, /text: its jsonata value/);
    });

    it('says so when no pool is chosen', async () => {
      await load(flow(send({ pool: '' })));
      give('send', { payload: 'Hello', topic: NUMBER });
      const [caught] = await messages('caught', 1);
      assert.equal(caught!.error.code, 'SMPP_POOL_CONFIG');
      const [status] = await messages('statuses', 1);
      assert.equal(status!.status.text, 'smpp-send.status.noPool');
    });

    it('says so when the pool cannot be used', async () => {
      await load(flow(pool([]), send()));
      give('send', { payload: 'Hello', topic: NUMBER });
      await until(() => inbox('caught').some(({ error }) => error.source.id === 'send'));
      const caught = inbox('caught').find(({ error }) => error.source.id === 'send')!;
      assert.equal(caught.error.code, 'SMPP_POOL_CONFIG');
      assert.equal(caught.smpp.outcome, 'failed');
    });
  });

  describe('a failed message, with a second output', () => {
    it('goes there with its error and is complete; Catch nodes hear nothing', async () => {
      await start({ failures: 'output' });
      give('send', { payload: 'Hello', topic: BAD_ADDRESS, order: 7 });
      const [msg] = await messages('failed', 1);
      const { commandStatus, name } = msg!.error.cause;
      assert.deepEqual([msg!.error.code, commandStatus, name], ['ESME_RINVDSTADR', 0x0b, 'ESME_RINVDSTADR']);
      assert.equal(msg!.smpp.outcome, 'refused');
      assert.equal(msg!.order, 7);
      await messages('completed', 1);
      assert.deepEqual([inbox('out'), inbox('caught')], [[], []]);
    });

    it('goes there when it is invalid, too', async () => {
      await start({ failures: 'output' });
      give('send', { payload: 'Hello' });
      const [msg] = await messages('failed', 1);
      assert.equal(msg!.error.code, 'SMPP_INVALID_INPUT');
      await messages('completed', 1);
      assert.deepEqual(inbox('caught'), []);
    });
  });

  describe('several recipients', () => {
    const topic = [NUMBER, NO_CREDIT, '447700900002', NUMBER, BAD_ADDRESS].join(', ');

    it('are one message each, with an outcome each, and one completion after the last', async () => {
      await start();
      give('send', { payload: 'Hello', topic, order: { id: 7 } });
      await messages('completed', 1);
      const to = (list: readonly Message[]): string[] => list.map(({ smpp }) => smpp.to).sort();
      assert.deepEqual(to(inbox('out')), [NUMBER, '447700900002']);
      assert.deepEqual(to(inbox('caught')), [BAD_ADDRESS, NO_CREDIT]);
      assert.equal(inbox('completed').length, 1);
      for (const msg of [...inbox('out'), ...inbox('caught')]) {
        assert.deepEqual(msg.order, { id: 7 });
        assert.equal(msg.topic, msg.smpp.to);
        assert.match(msg.smpp.warnings.join(), /2 times/);
      }
    });

    it('do not share one message', async () => {
      await start();
      give('send', { payload: 'Hello', topic: [NUMBER, '447700900002', NUMBER], order: { id: 7 } });
      const [one, other] = await messages('out', 2);
      assert.notEqual(one!.order, other!.order);
      assert.deepEqual(one!.smpp.warnings, other!.smpp.warnings);
      assert.notEqual(one!.smpp.warnings, other!.smpp.warnings);
      assert.notEqual(one!.smpp.id, other!.smpp.id);
    });

    it('cost what their number costs: what they share is stored once, and no list leaves', async () => {
      const numbers = Array.from({ length: 2000 }, (_, i) => (i === 0 ? BAD_ADDRESS : String(447_700_300_000 + i)));
      let octets = 0;
      const { encode } = StoreFile.prototype;
      StoreFile.prototype.encode = function (record: unknown) {
        const encoded = encode.call(this, record);
        octets += encoded.length;
        return encoded;
      };
      try {
        const wires = [['out', 'failed'], []];
        const settings = { store: 'disk', window: 100, id: 'kept' };
        await load(flow(pool(portsOf(simulator), settings), send({ pool: 'kept', receipt: 'none', wires })), {
          kept: CREDENTIALS.pool,
        });
        give('send', { payload: 'Hello', topic: numbers, ballast: 'x'.repeat(10_000) });
        await messages('completed', 1);
      } finally {
        StoreFile.prototype.encode = encode;
      }
      assert.deepEqual([inbox('out').length, inbox('failed').length, inbox('caught').length], [1999, 1999, 1]);
      for (const id of ['out', 'failed', 'caught']) {
        for (const msg of inbox(id)) assert.deepEqual([msg.topic, msg.ballast.length], [msg.smpp.to, 10_000]);
      }
      assert.deepEqual(inbox('completed')[0]!.topic, numbers);
      assert.ok(octets / numbers.length < 1000, `${String(octets / numbers.length)} octets each`);
    });

    it('may be in lists within a list; each that cannot be read has an outcome of its own', async () => {
      await start({ to: 'call.numbers', toType: 'msg' });
      give('send', { payload: 'Hello', call: { numbers: [[NUMBER], ['Bob', ['Bob', null]]], id: 7 } });
      await messages('completed', 1);
      assert.deepEqual(inbox('out')[0]!.call, { numbers: NUMBER, id: 7 });
      assert.deepEqual(
        inbox('caught').map(({ call, smpp }) => [call.numbers, smpp.outcome]),
        [
          ['Bob', 'invalid'],
          ['Bob', 'invalid'],
          ['null', 'invalid'],
        ],
      );
    });

    it('go out in the order of the inputs, however long a list is', async () => {
      await start({ receipt: 'none' });
      const numbers = Array.from({ length: 600 }, (_, i) => String(447_700_300_000 + i));
      give('send', { payload: 'first', topic: numbers });
      give('send', { payload: 'second', topic: NUMBER });
      await messages('completed', 2);
      assert.equal(simulator.messages().at(-1)!.text, 'second');
      assert.deepEqual(
        simulator.messages().map(({ to }) => to),
        [...numbers, NUMBER],
      );
    });

    it('may be told by the second output', async () => {
      await start({ failures: 'output' });
      give('send', { payload: 'Hello', topic });
      await messages('completed', 1);
      assert.deepEqual([inbox('out').length, inbox('failed').length, inbox('caught').length], [2, 2, 0]);
    });
  });

  it('shows how many it has sent and that one failed', async () => {
    await start();
    give('send', { payload: 'Hello', topic: NUMBER });
    const last = (): Message | undefined => inbox('statuses').findLast(({ status }) => status.source.id === 'send');
    await until(() => last()?.status.text === 'smpp-send.status.sent');
    assert.equal(last()!.status.fill, 'green');
    assert.deepEqual(last()!.status.pool, { state: 'up', bound: 1, binds: 1, waiting: 0, inFlight: 0 });
    give('send', { payload: 'Hello', topic: NO_CREDIT });
    await until(() => last()?.status.text === 'smpp-send.status.sent · smpp-send.status.failed');
    assert.equal(last()!.status.fill, 'red');
  });

  it('names no password anywhere', async () => {
    await start();
    give('send', { payload: 'Hello', topic: NO_CREDIT });
    await messages('caught', 1);
    assert.ok(!logged().includes('demo'));
  });
});
