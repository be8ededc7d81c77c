import assert from 'node:assert/strict';
import { SmppError } from '../../src/base/errors';
import { NO_TOTALS, type DeliveryReport, type IncomingMessage } from '../../src/pool/events';
import { Inbound } from '../../src/pool/inbound';
import type { ReceiptListener } from '../../src/pool/listeners';
import { ReceiptCounts } from '../../src/pool/measures';
import { MemoryStore } from '../../src/store/memory';
import type { SentMessage } from '../../src/store/store';
import { delivery } from '../receipt/delivery';
import { sentMessage } from '../store/messages';
import { HandClock } from '../support/clock';
import { poolSettings } from '../support/pool-run';

const PHONE = '919812345678';
const OTHER = '447700900123';
const [A, B] = ['10.0.0.1:2775', '10.0.0.2:2775'];

describe('the way of a receipt', () => {
  let store: MemoryStore;
  let clock: HandClock;
  let inbound: Inbound;
  /** What the flows that want one report a message have heard. */
  let reports: DeliveryReport[];
  let segments: DeliveryReport[];
  let incoming: IncomingMessage[];
  let answers: number[];
  let log: string[];
  /** Recipients of submits whose answer is still to come. */
  let inFlight: string[];
  /** Ids of messages without an outcome. */
  let underWay: Set<string>;
  let listeners: Set<ReceiptListener>;

  beforeEach(() => {
    store = new MemoryStore({ queueLimit: 10 });
    clock = new HandClock();
    [reports, segments, incoming, answers, log, inFlight] = [[], [], [], [], [], []];
    underWay = new Set();
    const listen = (emit: 'message' | 'segment', heard: DeliveryReport[]): ReceiptListener => ({
      emit,
      intermediate: true,
      unmatched: emit === 'message',
      incoming: emit === 'message',
      handle(event) {
        if (event.kind === 'report') heard.push(event);
        else incoming.push(event);
      },
    });
    listeners = new Set([listen('message', reports), listen('segment', segments)]);
    const write = (text: string): void => void log.push(text);
    inbound = new Inbound({
      settings: poolSettings([]),
      store,
      clock,
      log: { info: write, warn: write, error: write },
      receiptCounts: new ReceiptCounts(),
      totals: { ...NO_TOTALS },
      listeners,
      flowsLive: () => true,
      expects: (fits) => inFlight.some((to) => fits(to, 'ALERTS')),
      missesInstance: () => false,
      settled: () => undefined,
      isUnderWay: (id) => underWay.has(id),
      noteSent: () => undefined,
    });
  });

  afterEach(() => inbound.close());

  /** A message of these ids, one a segment. */
  async function sent(ids: string, change: Partial<SentMessage> = {}): Promise<string> {
    const messageIds = ids.split(' ');
    const id = `m${String(Math.random()).slice(2)}`;
    const receipts = messageIds.map(() => null);
    await store.saveSent(
      sentMessage(id, { to: PHONE, messageIds, receipts, server: A!, submittedAt: clock.now(), ...change }),
    );
    clock.turn(1);
    return id;
  }

  /** Accepts a message of which receipts may have come before. */
  async function accepted(id: string, change: Partial<SentMessage> = {}): Promise<void> {
    inFlight = [];
    await sent(id, change);
    inbound.accepted(id);
    await settled();
  }

  interface Way {
    readonly from?: string;
    readonly to?: string;
    readonly server?: string;
    readonly esmClass?: number;
  }

  /** A receipt like "7 DELIVRD 000"; resolves once it is dealt with. */
  async function comes(
    words: string,
    { from = PHONE, to = 'ALERTS', server = A!, esmClass = 4 }: Way = {},
  ): Promise<void> {
    const [id, stat, err = '000'] = words.split(' ');
    const pdu = delivery(`id:${id!} sub:001 dlvrd:001 stat:${stat!} err:${err} text:x`, { from, to, esmClass });
    inbound.delivered(pdu, { server, bind: 'trx-1' }, (status) => answers.push(status));
    await settled();
  }

  /** Everything that can happen without time has happened. */
  async function settled(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  function told(): string[] {
    return reports.map(({ state, segments: counts }) => {
      const { delivered, failed, pending } = counts ?? { delivered: '-', failed: '-', pending: '-' };
      return `${state} ${String(delivered)} ${String(failed)} ${String(pending)}`;
    });
  }

  describe('with one id for all segments', () => {
    it('gives each segment its own, and tells the result at once when all are known', async () => {
      await sent('7 7 7');
      for (const words of ['7 UNDELIV 010', '7 DELIVRD', '7 DELIVRD']) await comes(words);
      assert.deepEqual(told(), ['UNDELIVERABLE 2 1 0']);
      assert.deepEqual(
        segments.map(({ segment }) => segment),
        [1, 2, 3],
      );
    });

    it('takes identical ones for those of the other segments first, for repeats then', async () => {
      await sent('7 7 7');
      for (let n = 0; n < 3; n++) await comes('7 DELIVRD');
      assert.deepEqual(told(), ['DELIVERED 3 0 0']);
      for (let n = 0; n < 3; n++) await comes('7 DELIVRD');
      assert.deepEqual([reports.length, segments.length], [1, 3]);
      assert.deepEqual(answers, [0, 0, 0, 0, 0, 0]);
    });

    it('never overwrites a failure with the success of another, whatever the order', async () => {
      await sent('7 7');
      for (const words of ['7 DELIVRD', '7 UNDELIV', '7 DELIVRD', '7 UNDELIV']) await comes(words);
      assert.deepEqual(told(), ['UNDELIVERABLE 1 1 0']);
      await comes('7 DELIVRD 001');
      assert.deepEqual(told().slice(1), ['UNDELIVERABLE 1 1 0']);
      assert.match(reports[1]!.warnings.join(), /another final report/);
    });

    it('gives a message whose segments all failed no success', async () => {
      await sent('7 7');
      for (const words of ['7 UNDELIV 010', '7 UNDELIV 011', '7 DELIVRD']) await comes(words);
      assert.deepEqual(told(), ['UNDELIVERABLE 0 2 0', 'UNDELIVERABLE 0 2 0']);
    });

    it('counts interim words for nothing once they are final', async () => {
      await sent('7 7');
      for (const words of ['7 ENROUTE', '7 ENROUTE', '7 DELIVRD', '7 ENROUTE', '7 DELIVRD']) await comes(words);
      assert.equal(told().at(-1), 'DELIVERED 2 0 0');
    });
  });

  it('gives no result of a message before its outcome, however long receipts are missing', async () => {
    const id = await sent('11 12');
    underWay.add(id);
    await comes('11 DELIVRD');
    clock.turn(601_000);
    await inbound.tick(clock.now());
    await settled();
    assert.deepEqual(reports, []);
    underWay.delete(id);
    await inbound.tick(clock.now());
    await settled();
    assert.equal(reports.length, 1);
  });

  it('gives two messages to one phone with one id each its own result', async () => {
    const [first, second] = [await sent('7'), await sent('7')];
    for (const words of ['7 UNDELIV', '7 DELIVRD', '7 DELIVRD']) await comes(words);
    assert.deepEqual(new Set(reports.map((report) => report.sent!.id)), new Set([first, second]));
    assert.deepEqual(told().sort(), ['DELIVERED 1 0 0', 'UNDELIVERABLE 0 1 0']);
  });

  it('tells a later final word that differs, with a warning', async () => {
    await sent('7');
    for (const words of ['7 UNDELIV', '7 DELIVRD']) await comes(words);
    assert.deepEqual(told(), ['UNDELIVERABLE 0 1 0', 'DELIVERED 1 0 0']);
    assert.equal(reports[1]!.warnings.length, 1);
  });

  describe('with addresses as they come', () => {
    it('finds the handset at either end, with the id in the other radix', async () => {
      await sent('26F0C4A1');
      await comes('653313185 DELIVRD', { from: 'ALERTS', to: PHONE });
      assert.deepEqual([reports[0]!.matched, reports[0]!.to, reports[0]!.from], [true, PHONE, 'ALERTS']);
      assert.deepEqual(reports[0]!.warnings, []);
    });

    it('names the handset of one that is not turned round and matches nothing', async () => {
      await comes('99 DELIVRD', { from: 'ALERTS', to: PHONE });
      assert.deepEqual([reports[0]!.matched, reports[0]!.to, reports[0]!.from], [false, PHONE, 'ALERTS']);
    });

    for (const masked of ['9198XXXX5678', '91********78', '9198****5678']) {
      it(`lets the masked digits of ${masked} speak against nothing`, async () => {
        await sent('26F0C4A1');
        await comes('653313185 DELIVRD', { from: masked });
        await sent('77');
        await comes('77 DELIVRD', { from: 'ALERTS', to: masked });
        assert.deepEqual(told(), ['DELIVERED 1 0 0', 'DELIVERED 1 0 0']);
        assert.deepEqual(
          reports.map(({ to, warnings }) => [to, warnings]),
          [
            [PHONE, []],
            [PHONE, []],
          ],
        );
      });
    }

    it('says what it went by where the recipient is hidden altogether', async () => {
      await sent('77');
      await comes('77 DELIVRD', { from: '************' });
      assert.equal(reports[0]!.matched, true);
      assert.match(reports[0]!.warnings.join(), /\*{12}.*message id alone/);
    });

    for (const [where, way] of [
      ['at the source', { from: PHONE, to: 'ALERTS' }],
      ['at the destination', { from: 'ALERTS', to: PHONE }],
      ['masked', { from: '9198XXXX5678', to: 'ALERTS' }],
      ['not at all', { from: '', to: 'ALERTS' }],
    ] as const) {
      it(`waits for the answer to a submit whose recipient it names ${where}`, async () => {
        inFlight = [PHONE];
        await comes('77 DELIVRD', way);
        assert.deepEqual([reports.length, answers.length], [0, 0]);
        await accepted('77');
        assert.deepEqual(told(), ['DELIVERED 1 0 0']);
        assert.deepEqual(answers, [0]);
      });
    }
  });

  describe('from servers that number for themselves', () => {
    it('is of the message that went to its server', async () => {
      const [atA, atB] = [await sent('1', { server: A! }), await sent('1', { server: B! })];
      await comes('1 DELIVRD', { server: B! });
      await comes('1 UNDELIV', { server: A! });
      assert.deepEqual(
        reports.map((report) => report.sent!.id),
        [atB, atA],
      );
    });

    it('is of its recipient’s message, whichever server brings it', async () => {
      const [first, second] = [await sent('1', { server: A! }), await sent('1', { server: B!, to: OTHER })];
      await comes('1 UNDELIV', { from: PHONE, server: B! });
      await comes('1 DELIVRD', { from: OTHER, server: A! });
      assert.deepEqual(
        reports.map((report) => report.sent!.id),
        [first, second],
      );
    });

    it('waits for the right answer where another recipient’s message has its id', async () => {
      await sent('1', { server: A! });
      inFlight = [OTHER];
      await comes('1 DELIVRD', { from: OTHER, server: B! });
      assert.deepEqual([reports.length, answers.length], [0, 0]);
      await accepted('1', { server: B!, to: OTHER });
      assert.deepEqual(
        reports.map(({ to, matched }) => [to, matched]),
        [[OTHER, true]],
      );
      await comes('1 UNDELIV', { server: A! });
      assert.deepEqual(reports.map(({ to, state }) => [to, state]).at(-1), [PHONE, 'UNDELIVERABLE']);
    });

    it('is unmatched where the right answer never comes', async () => {
      await sent('1');
      inFlight = [OTHER];
      await comes('1 DELIVRD', { from: OTHER, server: B! });
      clock.turn(10_000);
      await inbound.tick(clock.now());
      await settled();
      assert.deepEqual(
        reports.map(({ to, matched }) => [to, matched]),
        [[OTHER, false]],
      );
    });

    it('is unmatched at once where no submit to its recipient is unanswered', async () => {
      await sent('1');
      await comes('1 DELIVRD', { from: OTHER, server: B! });
      assert.deepEqual(
        reports.map(({ to, matched }) => [to, matched]),
        [[OTHER, false]],
      );
    });

    for (const from of ['', '************', '9198XXXX5678']) {
      it(`is matched with a warning where its recipient reads "${from}" and another server has it`, async () => {
        await sent('1', { server: A! });
        await comes('1 DELIVRD', { from, server: B! });
        assert.deepEqual([reports[0]!.matched, reports[0]!.warnings.length], [true, 1]);
      });
    }

    it('needs no such warning once servers are known to number together', async () => {
      await sent('1', { server: A! });
      await comes('1 DELIVRD', { server: B! });
      await sent('2', { server: A! });
      await comes('2 DELIVRD', { from: '', server: B! });
      assert.deepEqual(
        reports.map(({ warnings }) => warnings),
        [[], []],
      );
    });

    it('warns where it names no recipient and messages to two have its id', async () => {
      await sent('1');
      await sent('1', { to: OTHER });
      await comes('1 DELIVRD', { from: '' });
      assert.match(reports[0]!.warnings.join(), /several messages/);
    });

    it('may be of a message that is still to come, where the one that is known has had its final word', async () => {
      await sent('1', { server: A! });
      await comes('1 DELIVRD', { server: A! });
      inFlight = [PHONE];
      await comes('1 UNDELIV', { server: B! });
      assert.equal(reports.length, 1);
      await accepted('1', { server: B! });
      assert.deepEqual(told(), ['DELIVERED 1 0 0', 'UNDELIVERABLE 0 1 0']);
    });

    it('is of the segment that went to its server', async () => {
      await sent('1 2 1', { servers: [A!, A!, B!] });
      await comes('1 UNDELIV', { server: B! });
      for (const words of ['1 DELIVRD', '2 DELIVRD']) await comes(words, { server: A! });
      assert.deepEqual(
        segments.map(({ segment, state }) => [segment, state]),
        [
          [3, 'UNDELIVERABLE'],
          [1, 'DELIVERED'],
          [2, 'DELIVERED'],
        ],
      );
      assert.deepEqual(told(), ['UNDELIVERABLE 2 1 0']);
    });

    it('completes long messages whose segments have ids that meet', async () => {
      for (let n = 1; n <= 8; n++)
        await sent(`${String(n)} ${String(n)}`, { to: `91981234560${String(n)}`, servers: [A!, B!] });
      for (const server of [A!, B!]) {
        for (let n = 1; n <= 8; n++) await comes(`${String(n)} DELIVRD`, { from: `91981234560${String(n)}`, server });
      }
      assert.deepEqual(
        told(),
        Array.from({ length: 8 }, () => 'DELIVERED 2 0 0'),
      );
    });
  });

  describe('whose id is spelled in another way', () => {
    const spellings: [sent: string, receipt: string][] = [
      ['c87c2273-7edb-4bc7-8d3a-7f57f21b625e', 'C87C22737EDB4BC78D3A7F57F21B625E'],
      ['c87c22737edb4bc78d3a7f57f21b625e', '{c87c2273-7edb-4bc7-8d3a-7f57f21b625e}'],
      ['abc-1', 'ABC1'],
      ['77', '"0077"'],
      ['abc.1', 'abc_1,'],
      ['5f878c79', '1602718841'],
      ['1602718841', '0x5F878C79'],
      ['1234567890abcdef1234567890abcdef', '24197857200151252728969465429440056815'],
    ];
    for (const [id, receipt] of spellings) {
      it(`finds ${id} under ${receipt}`, async () => {
        await sent(id);
        await comes(`${receipt} DELIVRD`);
        assert.deepEqual(told(), ['DELIVERED 1 0 0']);
        assert.equal(reports[0]!.messageId, receipt);
        assert.equal(log.filter((line) => line.includes('learnt')).length, 1);
      });
    }
  });

  it('costs little where it names thousands of ids', async () => {
    let looks = 0;
    const { findSent } = store;
    store.findSent = (keys) => {
      looks += keys.length;
      return findSent.call(store, keys);
    };
    const tlvs = Array.from({ length: 9605 }, (_, n) => ({ tag: 0x001e, value: Buffer.from(`${String(n)}\0`) }));
    await sent('3');
    inbound.delivered(delivery('', { from: PHONE, tlvs }), { server: A!, bind: 'trx-1' }, (status) =>
      answers.push(status),
    );
    await settled();
    assert.ok(looks <= 40, String(looks));
    assert.equal(reports[0]!.matched, true);
    assert.match(reports[0]!.warnings.join(), /9605 message ids/);
  });

  describe('on which our own code fails', () => {
    it('is asked for again, and logged once with its stack', async () => {
      await sent('7');
      const { findSent, sentUnder } = store;
      store.sentUnder = () => [];
      store.findSent = () => Promise.reject(new TypeError('undefined is not a function'));
      for (let n = 0; n < 3; n++) await comes('7 DELIVRD');
      assert.deepEqual(answers, [0x64, 0x64, 0x64]);
      store.findSent = () => {
        throw new TypeError('at once');
      };
      await comes('7 DELIVRD');
      assert.equal(answers[3], 0x64);
      store.sentUnder = () => {
        throw new TypeError('at once');
      };
      await comes('7 DELIVRD');
      assert.equal(answers[4], 0x64);
      Object.assign(store, { findSent, sentUnder });
      await comes('7 DELIVRD');
      assert.deepEqual(told(), ['DELIVERED 1 0 0']);
      assert.equal(log.filter((line) => /TypeError: undefined is not.*\n +at /.test(line)).length, 1);
    });

    it('is asked for again where it cannot even be read', () => {
      const odd = { ...delivery('id:7 stat:DELIVRD'), body: null as unknown as Buffer };
      for (let n = 0; n < 2; n++)
        inbound.delivered(odd, { server: A!, bind: 'trx-1' }, (status) => answers.push(status));
      assert.deepEqual(answers, [0x64, 0x64]);
      assert.equal(log.length, 1);
    });
  });

  describe('that the store cannot take', () => {
    const full = new SmppError('SMPP_STORE_FULL', 'The disk of the store is full');

    it('is asked for again, as when a queue is full: at once, on the long way, and where it is written', async () => {
      await sent('7');
      const { findSent, sentUnder, saveSent } = store;
      store.sentUnder = () => {
        throw full;
      };
      await comes('7 DELIVRD');
      store.sentUnder = () => [];
      store.findSent = () => Promise.reject(full);
      await comes('7 DELIVRD');
      Object.assign(store, { findSent, sentUnder });
      store.saveSent = () => Promise.reject(full);
      await comes('7 ENROUTE');
      assert.deepEqual(answers, [0x14, 0x14, 0x14]);
      assert.match(
        log.join('\n'),
        /could not be stored, the platform will bring it again: The disk of the store is full/,
      );
      store.saveSent = saveSent;
      await comes('7 DELIVRD');
      assert.deepEqual([answers[3], told().at(-1)], [0, 'DELIVERED 1 0 0']);
    });
  });

  it('says when its message was submitted by the system clock as it is now, put right since or not', async () => {
    await sent('7');
    await sent('8 9');
    clock.setWall(86_400_000);
    await comes('7 DELIVRD');
    await comes('8 DELIVRD');
    clock.turn(3_600_000);
    await inbound.tick(clock.now());
    await settled();
    const times = [...reports, ...segments].map(({ sent: about }) => about!.submittedAt);
    assert.deepEqual(times, [
      '2023-11-15T22:13:20.000Z',
      '2023-11-15T22:13:20.001Z',
      '2023-11-15T22:13:20.000Z',
      '2023-11-15T22:13:20.001Z',
    ]);
  });

  it('takes a text with state words but no id to the incoming ones, TLVs or not', async () => {
    const tlvs = [{ tag: 0x0427, value: Buffer.of(2) }];
    inbound.delivered(
      delivery('stat:DELIVRD, says the postman', { esmClass: 0, tlvs }),
      { server: A!, bind: 'trx-1' },
      (status) => answers.push(status),
    );
    await settled();
    assert.equal(incoming[0]!.text, 'stat:DELIVRD, says the postman');
    await sent('7');
    await comes('7 DELIVRD', { esmClass: 0x08 });
    assert.deepEqual(told(), ['DELIVERED 1 0 0']);
  });
});
