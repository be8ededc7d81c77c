import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { open as openLmdb } from 'lmdb';
import { DiskStore } from '../../../src/store/disk/disk-store';
import type { OutboxMessage } from '../../../src/store/store';
import { HandClock } from '../../support/clock';
import { ids, storeContract } from '../contract';
import { kill, run, storeCommand, storeProcess } from '../processes';
import { listMessages, outboxMessage, outcomeOf, ownMessageOf, sentMessage } from '../messages';

const FILE = 'store.mdb';

describe('Disk store', () => {
  let root: string;
  let folder: string;
  let errors: string[];
  const opened: DiskStore[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'smpp-store-'));
    folder = join(root, 'pool');
    errors = [];
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(root, { recursive: true });
  });

  async function open(at = folder, queueLimit = 100_000, clock?: HandClock): Promise<DiskStore> {
    const store = new DiskStore({
      folder: at,
      queueLimit,
      ...(clock && { clock }),
      log: { warn: (text) => errors.push(text), error: (text) => errors.push(text) },
    });
    await store.open();
    opened.push(store);
    return store;
  }

  /** A store on what a process that is killed now would leave. */
  async function openAfterCrash(): Promise<DiskStore> {
    const copy = mkdtempSync(join(root, 'crash-'));
    copyFileSync(join(folder, FILE), join(copy, FILE));
    return open(copy);
  }

  /** All messages that wait: one call hands out only so many octets. */
  async function leaseAll(store: DiskStore): Promise<OutboxMessage[]> {
    const all: OutboxMessage[] = [];
    while (store.counts().waiting > 0) all.push(...(await store.lease(100_000)));
    return all;
  }

  storeContract('Disk store', (queueLimit) => open(folder, queueLimit));

  describe('of several recipients of one input', () => {
    const numbers = Array.from({ length: 300 }, (_, i) => String(447_700_900_000 + i));
    const ballast = { ballast: 'x'.repeat(10_000) };
    const enqueueAll = (store: DiskStore, prefix = 'm'): Promise<unknown> =>
      Promise.all(listMessages(prefix, numbers, ballast).map((message) => store.enqueue(message)));

    /** Records of what recipients share, and the octets of all messages. */
    async function onDisk(): Promise<{ bodies: number; octets: number }> {
      const lmdb = openLmdb({ path: join(folder, FILE), readOnly: true });
      const bodies = [...lmdb.openDB('bodies', {}).getKeys()].length;
      const rows = [...lmdb.openDB<[unknown, Buffer], number>('rows', {}).getRange()];
      await lmdb.close();
      return { bodies, octets: rows.reduce((sum, { value: [, records] }) => sum + records.length, 0) };
    }

    async function tell(store: DiskStore, messages: readonly OutboxMessage[]): Promise<void> {
      for (const message of messages) void store.settle(outcomeOf(message));
      await store.untold();
      await Promise.all(messages.map(({ id }) => store.told(id)));
      await store.unpark(await store.park({ kind: 'none', data: null }));
    }

    it('keeps what they share once, until the last of them was told', async () => {
      const store = await open();
      await enqueueAll(store);
      await enqueueAll(store, 'n');
      const { bodies, octets } = await onDisk();
      assert.equal(bodies, 2);
      assert.ok(octets / (2 * numbers.length) < 200, `${String(octets)} octets`);
      const messages = await store.lease(600);
      assert.equal((ownMessageOf(messages[299]!) as typeof ballast).ballast, ballast.ballast);
      await tell(store, messages.slice(0, 300));
      assert.equal((await onDisk()).bodies, 1);
      await tell(store, messages.slice(300, 599));
      assert.equal((await onDisk()).bodies, 1);
      await tell(store, messages.slice(599));
      assert.deepEqual(await onDisk(), { bodies: 0, octets: 0 });
    });

    it('has it again after a crash, told or not', async () => {
      const store = await open();
      await enqueueAll(store);
      await tell(store, await store.lease(200));
      const after = await openAfterCrash();
      const messages = await after.lease(300);
      assert.equal(messages.length, 100);
      for (const message of messages) {
        assert.deepEqual(ownMessageOf(message), {
          payload: 'to all',
          order: { id: 7, numbers: message.to },
          ...ballast,
        });
      }
    });

    it('writes it again for more of an input whose first have all been told', async () => {
      const store = await open();
      const [first, ...others] = listMessages('m', numbers, ballast);
      await store.enqueue(first!);
      await tell(store, await store.lease(1));
      assert.equal((await onDisk()).bodies, 0);
      await Promise.all(others.map((message) => store.enqueue(message)));
      assert.equal((await onDisk()).bodies, 1);
      const after = await openAfterCrash();
      assert.equal((ownMessageOf((await after.lease(1))[0]!) as typeof ballast).ballast, ballast.ballast);
    });
  });

  describe('opened again', () => {
    it('has what waited, urgent first, in the order it came', async () => {
      const before = await open();
      for (const id of ['a', 'b', 'u', 'c', 'v'])
        await before.enqueue(outboxMessage(id, { urgent: 'uv'.includes(id) }));
      await before.close();
      const after = await open();
      assert.deepEqual(after.counts(), { waiting: 5, urgent: 2, oldest: 1_700_000_000_000 });
      await after.enqueue(outboxMessage('d'));
      const messages = await after.lease(9);
      assert.deepEqual(ids(messages), ['u', 'v', 'a', 'b', 'c', 'd']);
      assert.deepEqual(messages[2], outboxMessage('a'));
    });

    it('has what was given back, with its counters', async () => {
      const before = await open();
      await before.enqueue(outboxMessage('a'));
      await before.enqueue(outboxMessage('b'));
      const [a] = await before.lease(1);
      a!.attempts = 4;
      await before.release(a!);
      await before.close();
      const after = await open();
      assert.deepEqual(await after.lease(9), [outboxMessage('a', { attempts: 4 }), outboxMessage('b')]);
    });

    it('has what was sent, what is due and what is parked', async () => {
      const before = await open();
      const sent = sentMessage('a', { dueAt: 7, receipts: [null] });
      await before.saveSent(sent, { park: [{ kind: 'result', data: { when: new Date(1), octets: Buffer.of(1, 2) } }] });
      await before.close();
      const after = await open();
      assert.deepEqual(await after.findSent(['ida']), [sent]);
      assert.deepEqual(await after.findDue(7), [sent]);
      const key = await after.park({ kind: 'later', data: null });
      assert.deepEqual(await after.parked(), [
        { key: key - 1, kind: 'result', data: { when: new Date(1), octets: Buffer.of(1, 2) } },
        { key, kind: 'later', data: null },
      ]);
    });

    it('tells nothing that was told, and all that was not, once', async () => {
      const before = await open();
      await Promise.all(['a', 'b', 'c'].map((id) => before.enqueue(outboxMessage(id))));
      const outcomes = (await before.lease(3)).map((message) =>
        outcomeOf(message, { kind: 'refused', error: { code: 'X', message: 'x', cause: { commandStatus: 8 } } }),
      );
      await Promise.all(outcomes.map((outcome) => before.settle(outcome)));
      await before.told('b');
      await before.close();
      const between = await open();
      assert.deepEqual(await between.untold(), [outcomes[0], outcomes[2]]);
      assert.equal(between.counts().waiting, 0);
      await between.told('a');
      assert.deepEqual(ids(await between.untold()), ['c']);
      await between.told('c');
      await between.close();
      assert.deepEqual(await (await open()).untold(), []);
    });

    it('has forgotten the text of what was told', async () => {
      const store = await open();
      const secret = 'the text that nobody shall find';
      for (let n = 0; n < 50; n++) await store.enqueue(outboxMessage(`m${String(n)}`, { msg: { payload: secret } }));
      await store.enqueue(outboxMessage('waiting', { msg: { payload: 'still needed' } }));
      for (const message of await store.lease(50)) {
        await store.settle(outcomeOf(message), sentMessage(message.id));
        await store.told(message.id);
      }
      await store.close();
      for (const name of readdirSync(folder)) assert.ok(!readFileSync(join(folder, name)).includes(secret), name);
      assert.deepEqual(await (await open()).lease(1), [outboxMessage('waiting', { msg: { payload: 'still needed' } })]);
    });

    it('has forgotten it soon, also beside messages that still wait', async () => {
      const store = await open();
      await Promise.all(
        ['over', 'open'].map((id) => store.enqueue(outboxMessage(id, { msg: { payload: `the text of ${id}` } }))),
      );
      const [over] = await store.lease(1);
      await store.settle(outcomeOf(over!));
      await store.told('over');
      const onDisk = async (): Promise<string> => {
        await store.unpark(await store.park({ kind: 'none', data: null }));
        const lmdb = openLmdb({ path: join(folder, FILE), readOnly: true });
        const rows = [...lmdb.openDB<[unknown, Buffer], number>('rows', {}).getRange()];
        await lmdb.close();
        return rows.map(({ value: [, records] }) => records.toString('latin1')).join();
      };
      await store.takeExpired(1000);
      await store.takeExpired(10_999);
      assert.match(await onDisk(), /the text of over.*the text of open/s);
      await store.takeExpired(11_000);
      assert.doesNotMatch(await onDisk(), /the text of over/);
      assert.deepEqual(await store.lease(1), [outboxMessage('open', { msg: { payload: 'the text of open' } })]);
    });

    it('keeps of a message what can be stored', async () => {
      const before = await open();
      const msg = {
        payload: 1,
        send: () => 1,
        req: process.stdout,
        res: { _res: process.stdout },
        big: 1n,
        when: new Date(5),
      };
      await before.enqueue(outboxMessage('a', { msg }));
      await before.close();
      const [message] = await (await open()).lease(1);
      assert.deepEqual(message!.msg, { payload: 1, when: new Date(5) });
    });

    it('reads texts and numbers as they were, half a surrogate pair and a negative zero excepted', async () => {
      const before = await open();
      const texts = ['\u2028\u2029\u0085\0', '😀'.repeat(50), 'ü'.repeat(5000), '', '\uFEFFx'];
      const numbers = [NaN, Infinity, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 31, 2 ** 32, -(2 ** 31) - 1, 1e-7, 0.1, 1e300];
      await before.enqueue(
        outboxMessage('a', {
          msg: { texts, numbers, half: `long enough ${'x'.repeat(80)}\uD83D`, zero: -0, nothing: null },
        }),
      );
      await before.close();
      const { msg } = (await (await open()).lease(1))[0]!;
      assert.deepEqual(msg, { texts, numbers, half: `long enough ${'x'.repeat(80)}\uFFFD`, zero: 0, nothing: null });
    });
  });

  describe('after a crash', () => {
    it('marks what was leased, until that lease has ended', async () => {
      const store = await open();
      await store.enqueue(outboxMessage('a'));
      await store.enqueue(outboxMessage('b'));
      await store.lease(1);
      const after = await openAfterCrash();
      const again = await after.lease(2);
      assert.deepEqual(
        again.map(({ id, leased }) => [id, leased]),
        [
          ['a', true],
          ['b', false],
        ],
      );
      again[0]!.leased = false;
      again[0]!.possibleDuplicate = true;
      for (const message of [...again].reverse()) await after.release(message);
      const third = await after.lease(2);
      assert.deepEqual(
        third.map(({ id, leased, possibleDuplicate }) => [id, leased, possibleDuplicate]),
        [
          ['a', false, true],
          ['b', false, false],
        ],
      );
    });

    it('has a message marked that was leased as it came', async () => {
      const store = await open();
      const lease = store.lease(1);
      await store.enqueue(outboxMessage('a'));
      await lease;
      const [message] = await (await openAfterCrash()).lease(1);
      assert.equal(message!.leased, true);
    });

    it('marks it still after a second crash in which nobody leased it', async () => {
      const store = await open();
      await store.enqueue(outboxMessage('a'));
      await store.enqueue(outboxMessage('u', { urgent: true }));
      await store.lease(2);
      const second = await openAfterCrash();
      assert.deepEqual(ids(await second.lease(1)), ['u']);
      const third = mkdtempSync(join(root, 'third-'));
      const crashed = readdirSync(root).find((name) => name.startsWith('crash-'))!;
      copyFileSync(join(root, crashed, FILE), join(third, FILE));
      const [, message] = await (await open(third)).lease(2);
      assert.deepEqual([message!.id, message!.leased], ['a', true]);
    });

    it('has an expired message unmarked: it was never submitted', async () => {
      const store = await open();
      await store.enqueue(outboxMessage('a', { expiresAt: 5 }));
      await store.takeExpired(5);
      const [message] = await (await openAfterCrash()).lease(1);
      assert.equal(message!.leased, false);
    });

    it('has the progress of a long message, and one record of it however often it is resent', async () => {
      const store = await open();
      await store.enqueue(outboxMessage('a', { frames: [Buffer.of(1), Buffer.of(2)], messageIds: [null, null] }));
      const [message] = await store.lease(1);
      message!.messageIds[0] = 'one';
      await store.progress(
        message!,
        sentMessage('a', { messageIds: ['one', null], receipts: [null, null], expiresAt: 1000 }),
      );
      const after = await openAfterCrash();
      const [again] = await after.lease(1);
      assert.deepEqual(again!.messageIds, ['one', null]);
      const sent = sentMessage('a', { messageIds: ['one', 'two'], receipts: [null, null], expiresAt: 2000 });
      await after.settle(outcomeOf(again!), sent);
      assert.deepEqual(await after.findSent(['one', 'two']), [sent]);
      assert.equal(await after.forgetSent(1500), 0);
    });

    it('loses nothing and doubles nothing, whenever the process is killed', async function () {
      this.timeout(60_000);
      for (let round = 0; round < 5; round++) {
        const at = join(root, `kill-${String(round)}`);
        mkdirSync(at);
        const journal = join(at, 'journal');
        writeFileSync(journal, '');
        const child = storeProcess('traffic', at, journal);
        while (readFileSync(journal, 'utf8').length < 400) await sleep(5);
        await sleep(Math.random() * 150);
        await kill(child);
        await checkAfterKill(await open(join(at, 'pool')), readFileSync(journal, 'utf8'));
      }
      assert.deepEqual(errors, []);
    });
  });

  describe('removed while it is in use', () => {
    const removals: Readonly<Record<string, () => void>> = {
      'the folder': () => {
        rmSync(folder, { recursive: true });
      },
      'the file alone': () => {
        rmSync(join(folder, FILE));
      },
      'the folder, and another put in its place': () => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
        writeFileSync(join(folder, FILE), '');
      },
    };
    for (const [what, removeIt] of Object.entries(removals)) {
      it(`(${what}) is noticed within a second or two, and nothing more is taken`, async () => {
        const clock = new HandClock();
        const store = await open(folder, 100, clock);
        const turns: (string | null)[] = [];
        store.watch((words) => turns.push(words));
        await store.enqueue(outboxMessage('a'));
        removeIt();
        clock.turn(1000);
        await new Promise<void>((resolve) => {
          store.watch((words) => {
            turns.push(words);
            resolve();
          });
        });
        assert.match(turns.join(), /was removed or replaced/);
        assert.match(store.trouble!, /was removed or replaced/);
        assert.match(errors.join(), /nothing can be stored/);
        clock.turn(10);
        await assert.rejects(store.enqueue(outboxMessage('b')), { code: 'SMPP_STORE_GONE' });
      });
    }

    it('and put back, it goes on', async () => {
      const store = await open();
      await store.enqueue(outboxMessage('a'));
      renameSync(folder, `${folder}-away`);
      await assert.rejects(store.enqueue(outboxMessage('b')), { code: 'SMPP_STORE_GONE' });
      renameSync(`${folder}-away`, folder);
      await store.enqueue(outboxMessage('c'));
      assert.equal(store.trouble, null);
      assert.deepEqual(ids(await store.lease(9)), ['a', 'c']);
    });
  });

  describe('a damaged file', () => {
    const damages: Record<string, (path: string) => void> = {
      'overwritten with text': (path) => {
        writeFileSync(path, 'hello '.repeat(5000));
      },
      'overwritten in the middle': (path) => {
        writeFileSync(path, overwrite(readFileSync(path)));
      },
      'cut in half': (path) => {
        truncateSync(path, readFileSync(path).length / 2);
      },
      empty: (path) => {
        truncateSync(path, 0);
      },
    };
    for (const [name, damage] of Object.entries(damages)) {
      it(`${name} is set aside with an error, and an empty store takes its place`, async () => {
        const before = await open();
        for (let n = 0; n < 300; n++) void before.enqueue(outboxMessage(`m${String(n)}`));
        await before.close();
        damage(join(folder, FILE));
        const damaged = readFileSync(join(folder, FILE));
        const after = await open();
        assert.equal(errors.length, 1);
        const aside = readdirSync(folder).find((file) => file.startsWith(`${FILE}.damaged-`))!;
        assert.ok(errors[0]!.includes(aside), errors[0]);
        assert.doesNotMatch(errors[0]!, /hello|919876543210|text of|ALERTS/);
        assert.deepEqual(readFileSync(join(folder, aside)), damaged);
        assert.equal(after.counts().waiting, 0);
        await after.enqueue(outboxMessage('new'));
        await after.close();
        assert.deepEqual(ids(await (await open()).lease(9)), ['new']);
        assert.equal(errors.length, 1);
      });
    }
  });

  describe('a store of before', () => {
    // One for each layout that a version has written; see test/store/disk/README.md.
    for (const layout of ['layout-2.mdb']) {
      it(`(${layout}) opens with all that waits, was sent, is untold or parked`, async () => {
        mkdirSync(folder);
        copyFileSync(join(__dirname, layout), join(folder, FILE));
        // The second time it is what this version has made of it.
        for (const store of [await open(), await openAfterCrash()]) {
          assert.deepEqual(store.counts(), { waiting: 5, urgent: 1, oldest: 1_700_000_000_000 });
          const untold = await store.untold();
          assert.deepEqual(
            untold.map(({ id, kind, messageIds, error }) => [id, kind, messageIds, error?.code]),
            [
              ['accepted', 'accepted', ['id-accepted'], undefined],
              ['refused', 'refused', [null], 'ESME_RINVDSTADR'],
              ['invalid', 'invalid', [], 'SMPP_INVALID_INPUT'],
            ],
          );
          assert.deepEqual(untold[0]!.msg, { _msgid: 'msg-accepted', payload: 'text of accepted' });
          const messages = await store.lease(9);
          assert.deepEqual(
            messages.map(({ id, leased, attempts, possibleDuplicate, messageIds }) => [
              id,
              leased,
              attempts,
              possibleDuplicate,
              messageIds,
            ]),
            [
              ['urgent', false, 0, false, [null]],
              ['flying', true, 0, false, [null]],
              ['tried', false, 4, true, [null]],
              ['long', true, 1, false, ['one', null]],
              ['waiting', false, 0, false, [null]],
            ],
          );
          assert.deepEqual(
            messages.at(-1),
            outboxMessage('waiting', {
              msg: {
                _msgid: 'x',
                payload: 'é 漢 😀',
                when: new Date(5),
                octets: Buffer.of(1, 0, 2),
                deep: { list: [1, null, 'x'] },
              },
              warnings: ['a warning'],
            }),
          );
          // Stored under keys as they were then, which receipts are looked up under, too.
          assert.deepEqual(await store.findSent(['one', 'id-told']), [
            sentMessage('long', { messageIds: ['one', null], receipts: [null, null] }),
            sentMessage('told'),
          ]);
          assert.deepEqual(ids(await store.findSent(['id-accepted'])), ['accepted', 'same']);
          const [half, whole] = await store.findSent(['b', 'c']);
          assert.deepEqual(
            half!.receipts.map((receipt) => receipt?.status),
            ['DELIVRD', undefined],
          );
          assert.deepEqual([whole!.told, whole!.receipts[0]!.messageId], [true, 'c']);
          assert.deepEqual(ids(await store.findDue(7)), ['half']);
          // Nobody closed this copy of the file: its writer may have handed the events over.
          assert.deepEqual(await store.parked(), [
            { key: 1, kind: 'report', data: { octets: Buffer.of(1, 2), when: new Date(3) }, again: true },
            { key: 2, kind: 'incoming', data: 'text', again: true },
          ]);
          const [partial] = await store.findPartialsDue(900, 9);
          assert.equal(partial!.key, 'part "1"');
          assert.equal(await store.forgetSent(100), 1);
        }
        assert.deepEqual(errors, []);
      });
    }
  });

  it('refuses a store of another layout, and leaves it alone', async () => {
    await (await open()).close();
    const lmdb = openLmdb({ path: join(folder, FILE), overlappingSync: false });
    await lmdb.openDB('state', {}).put('layout', 3);
    await lmdb.close();
    await assert.rejects(open(), { code: 'SMPP_STORE_VERSION', message: /layout 3/ });
    await assert.rejects(open(), { code: 'SMPP_STORE_VERSION' });
    assert.deepEqual(errors, []);
  });

  it('says what to choose where lmdb has no binary for the platform', async function () {
    this.timeout(30_000);
    const result = await run(storeCommand('open', root, ''), { LMDB_PREBUILD: '/nowhere' });
    assert.match(result, /^SMPP_STORE_BINARY .*"memory" or "redis"/);
  });

  it('refuses messages while the disk is full, keeps what it has, and takes them again once there is room', async function () {
    this.timeout(30_000);
    if (process.platform === 'win32') this.skip();
    // The limit of a file's size is in blocks of 512 or 1024 octets.
    const command = ['sh', '-c', 'ulimit -f 60000 && exec "$@"', 'sh', ...storeCommand('fill', root, '')];
    const { refused, stored } = JSON.parse(await run(command)) as { refused: string; stored: string[] };
    assert.equal(refused, 'SMPP_STORE_FULL');
    assert.ok(stored.length > 100);
    assert.deepEqual(ids(await leaseAll(await open())), stored);
    assert.deepEqual(errors, []);
  });

  it('has what cannot be stored by reference while the process lives, also of a long queue whose messages it reads back', async () => {
    const store = await open();
    const filler = { payload: 'x'.repeat(100_000) };
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => store.enqueue(outboxMessage(`f${String(n)}`, { msg: filler }))),
    );
    const res = { _res: process.stdout };
    const call = (): number => 1;
    const msg = { payload: 'text', res, deep: { call, n: 1 }, when: new Date(5) };
    await store.enqueue(outboxMessage('a', { msg }));
    const message = (await leaseAll(store)).at(-1)!;
    assert.notEqual(message.msg, msg, 'it was read back');
    assert.deepEqual(message.msg, msg);
    assert.equal(message.msg.res, res);
    assert.equal((message.msg.deep as typeof msg.deep).call, call);
    const after = (await leaseAll(await openAfterCrash())).at(-1)!;
    assert.deepEqual(after.msg, { payload: 'text', deep: { n: 1 }, when: new Date(5) });
  });

  it('hands out large messages a few at a time, for they are all read into memory, also where two share a body', async () => {
    const store = await open();
    const text = 'x'.repeat(100_000);
    const enqueued = Array.from({ length: 100 }, (_, n) => {
      const [first, second] = listMessages(`l${String(n)}-`, ['447700900001', '447700900002'], { text });
      const alone = outboxMessage(`a${String(n)}`, { msg: { text }, urgent: true });
      return [first!, second!, alone].map((message) => store.enqueue({ ...message, expiresAt: 1 }));
    });
    await Promise.all(enqueued.flat());
    const taken: string[] = [];
    for (let some; (some = await store.takeExpired(2)).length > 0;) {
      const octets = new Set(some.map(({ msg }) => msg)).size * text.length;
      assert.ok(octets < 2 ** 23, `${String(octets)} octets at once`);
      for (const { id, msg } of some) {
        assert.equal((msg as { text?: string }).text, text);
        taken.push(id);
      }
    }
    assert.equal(new Set(taken).size, 300);
  });

  it('warns of a message of which not all can be stored because there is too much', async () => {
    const store = await open();
    const list = Array.from({ length: 150_000 }, (_, n) => n);
    await store.enqueue(outboxMessage('big', { msg: { payload: 'text', list }, warnings: ['another'] }));
    await store.enqueue(outboxMessage('small', { msg: { list: list.slice(0, 90_000) } }));
    const messages = await store.lease(2);
    assert.deepEqual(messages[0]!.msg.list, list);
    const again = await (await openAfterCrash()).lease(2);
    for (const [big, small] of [messages, again]) {
      assert.equal(big!.warnings.length, 2);
      assert.match(big!.warnings[1]!, /100,000 values/);
      assert.deepEqual(small!.warnings, []);
    }
    assert.ok((again[0]!.msg.list as number[]).length < 100_000);
    assert.equal(again[0]!.msg.payload, 'text');
  });

  it('keeps no content of a long queue in memory', async function () {
    this.timeout(30_000);
    const store = await open();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = async (): Promise<number> => {
      // What the last transaction needed goes only with the next turns.
      for (let turn = 0; turn < 3; turn++) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = await used();
    for (let n = 0; n < 10_000; n += 500) {
      const batch = Array.from({ length: 500 }, (_, index) =>
        outboxMessage(`m${String(n + index)}`, {
          frames: [Buffer.alloc(1000, n)],
          msg: { payload: `${String(n)}${'x'.repeat(3000)}` },
        }),
      );
      await Promise.all(batch.map((message) => store.enqueue(message)));
    }
    // 40 MB in all: room for 1000 messages that may stay, the entries of all, and buffers.
    const grown = (await used()) - before;
    assert.ok(grown < 15_000_000, `${String(grown)} octets`);
    assert.equal(store.counts().waiting, 10_000);
  });
});

function overwrite(content: Buffer): Buffer {
  return content.fill(0xff, content.length >> 2, content.length - (content.length >> 2));
}

/** Lower case: begun. Upper case: the store has said it is done. */
async function checkAfterKill(store: DiskStore, journal: string): Promise<void> {
  const noted: Record<string, Set<string>> = {};
  for (const line of journal.split('\n').filter((text) => text.endsWith('.'))) {
    (noted[line[0]!] ??= new Set()).add(line.slice(1, -1));
  }
  const is = (letter: string, id: string): boolean => noted[letter]?.has(id) ?? false;
  const untold = ids(await store.untold());
  const waiting: readonly OutboxMessage[] = store.counts().waiting > 0 ? await store.lease(1_000_000) : [];
  const here = [...ids(waiting), ...untold];
  assert.equal(new Set(here).size, here.length, 'nothing is there twice');
  for (const id of here) assert.ok(is('e', id), `${id} was enqueued`);
  for (const id of noted.E!) {
    const state = untold.includes(id) ? 'untold' : waiting.some((message) => message.id === id) ? 'waiting' : 'gone';
    if (is('T', id)) assert.equal(state, 'gone', id);
    else if (is('t', id)) assert.notEqual(state, 'waiting', id);
    else if (is('S', id)) assert.equal(state, 'untold', id);
    else if (is('s', id)) assert.notEqual(state, 'gone', id);
    else assert.equal(state, 'waiting', id);
    if (is('S', id)) assert.deepEqual(ids(await store.findSent([`id${id}`])), [id]);
  }
  for (const { id, leased } of waiting) if (is('L', id)) assert.ok(leased, `${id} is marked`);
  const order = waiting.map(({ id, urgent }) => Number(id.slice(1)) + (urgent ? 0 : 1_000_000_000));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    'in the order it came, urgent first',
  );
}
