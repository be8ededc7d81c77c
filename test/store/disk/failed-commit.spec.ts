import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmppError } from '../../../src/base/errors';
import { DiskStore } from '../../../src/store/disk/disk-store';
import { noteClean } from '../../../src/store/disk/integrity';
import { StoreFile } from '../../../src/store/disk/store-file';
import type { OutboxMessage, PartialMessage } from '../../../src/store/store';
import { ids } from '../contract';
import { listMessages, outboxMessage, outcomeOf, ownMessageOf, sentMessage } from '../messages';

const FAILURE = new SmppError('SMPP_STORE_FAILED', 'EIO: i/o error, write');
/** What the disk does to one transaction. */
const failures: Readonly<Record<string, () => Promise<SmppError | null>>> = {
  'is refused by the disk': () => Promise.resolve(FAILURE),
  'ends with an exception': () => Promise.reject(new Error('EIO: i/o error, write')),
};

describe('A commit of the disk store', () => {
  let root: string;
  let store: DiskStore;
  let opened: DiskStore[];
  let errors: string[];
  const { commit } = StoreFile.prototype;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'smpp-store-'));
    errors = [];
    opened = [];
    store = await open(join(root, 'pool'));
  });
  afterEach(async () => {
    StoreFile.prototype.commit = commit;
    for (const one of opened) await one.close();
    rmSync(root, { recursive: true });
  });

  async function open(folder: string): Promise<DiskStore> {
    const one = new DiskStore({
      folder,
      queueLimit: 100,
      log: { warn: (text) => errors.push(text), error: (text) => errors.push(text) },
    });
    await one.open();
    opened.push(one);
    return one;
  }

  /** As a process finds it that starts after this one was killed. */
  async function afterCrash(): Promise<DiskStore> {
    const folder = mkdtempSync(join(root, 'crash-'));
    copyFileSync(join(root, 'pool', 'store.mdb'), join(folder, 'store.mdb'));
    // Spares the process that reads it first.
    noteClean(join(folder, 'store.mdb'));
    return open(folder);
  }

  function failOnce(failure: () => Promise<SmppError | null>): void {
    StoreFile.prototype.commit = () => {
      StoreFile.prototype.commit = commit;
      return failure();
    };
  }

  /** Anything at all. */
  async function anotherCommit(): Promise<void> {
    await store.unpark(await store.park({ kind: 'any', data: null }));
  }

  interface State {
    readonly waiting: string[];
    /** Leased when the process was killed. */
    readonly inFlight: string[];
    readonly accepted: (string | null)[];
    readonly untold: string[];
    readonly sent: string[];
    readonly parked: string[];
    readonly partials: string[];
  }

  async function stateOf(one: DiskStore): Promise<State> {
    const untold = ids(await one.untold());
    const leased = one.counts().waiting > 0 ? await one.lease(100) : [];
    const found = await one.findSent(['ida', 'idb', 'idsent']);
    return {
      waiting: ids(leased.filter((message) => !message.leased)),
      inFlight: ids(leased.filter((message) => message.leased)),
      accepted: leased.flatMap(({ messageIds }) => messageIds),
      untold,
      sent: found.map(({ id, told }) => (told ? `${id} told` : id)),
      parked: (await one.parked()).map(({ kind }) => kind),
      partials: (await one.findPartialsDue(Infinity, 0)).map(({ key }) => key),
    };
  }

  const lease = async (): Promise<OutboxMessage> => (await store.lease(1))[0]!;
  const partial: PartialMessage = { key: 'part', expiresAt: 1, octets: 1, data: 'first' };

  interface Operation {
    /** What it needs before. */
    readonly before?: () => Promise<OutboxMessage | undefined>;
    readonly call: (message: OutboxMessage | undefined) => Promise<unknown>;
    /** In memory, once it was rejected. */
    readonly undone: (message: OutboxMessage | undefined) => Promise<void>;
    /** Kept by the store, or brought once more by its caller. */
    readonly broughtBy: 'next commit' | 'next call';
    readonly brings: Partial<State>;
  }

  const waits = async (): Promise<undefined> => {
    await store.enqueue(outboxMessage('a'));
    await store.enqueue(outboxMessage('b'));
  };
  const leased = async (): Promise<OutboxMessage> => {
    await waits();
    return lease();
  };
  const nothing: State = {
    waiting: [],
    inFlight: [],
    accepted: [],
    untold: [],
    sent: [],
    parked: [],
    partials: [],
  };

  const operations: Readonly<Record<string, Operation>> = {
    enqueue: {
      call: () => store.enqueue(outboxMessage('a')),
      undone: async () => {
        assert.equal(store.counts().waiting, 0);
      },
      broughtBy: 'next call',
      brings: { waiting: ['a'], accepted: [null] },
    },
    'enqueue of what somebody waits for': {
      call: async () => {
        const waiting = store.lease(1);
        try {
          await store.enqueue(outboxMessage('a'));
        } catch (error) {
          store.cancelLease();
          assert.deepEqual(await waiting, []);
          throw error;
        }
      },
      undone: async () => {
        assert.equal(store.counts().waiting, 0);
      },
      broughtBy: 'next call',
      brings: { inFlight: ['a'], accepted: [null] },
    },
    lease: {
      before: waits,
      call: lease,
      undone: async () => {
        assert.deepEqual(store.counts(), { waiting: 2, urgent: 0, oldest: 1_700_000_000_000 });
      },
      broughtBy: 'next call',
      brings: { inFlight: ['a'], waiting: ['b'], accepted: [null, null] },
    },
    settle: {
      before: leased,
      call: (message) => store.settle(outcomeOf(message!), sentMessage('a')),
      // The platform has accepted it, and its receipt may come now.
      undone: async () => {
        assert.deepEqual(ids(await store.findSent(['ida'])), ['a']);
      },
      broughtBy: 'next commit',
      brings: { waiting: ['b'], untold: ['a'], sent: ['a'], accepted: [null] },
    },
    'settle of a message that never waited': {
      call: () => store.settle(outcomeOf(outboxMessage('x'), { kind: 'invalid' })),
      undone: async () => undefined,
      broughtBy: 'next commit',
      brings: { untold: ['x'] },
    },
    progress: {
      before: leased,
      call: (message) => {
        message!.messageIds[0] = 'id-a';
        return store.progress(message!, sentMessage('a'));
      },
      undone: async () => {
        assert.deepEqual(ids(await store.findSent(['ida'])), ['a']);
      },
      broughtBy: 'next commit',
      brings: { inFlight: ['a'], waiting: ['b'], accepted: ['id-a', null], sent: ['a'] },
    },
    release: {
      before: leased,
      call: (message) => store.release(message!),
      undone: async () => {
        assert.equal(store.counts().waiting, 2);
      },
      broughtBy: 'next commit',
      brings: { waiting: ['a', 'b'], accepted: [null, null] },
    },
    told: {
      before: async () => {
        const message = await leased();
        await store.settle(outcomeOf(message));
        return message;
      },
      call: () => store.told('a'),
      undone: async () => {
        assert.deepEqual(await store.untold(), []);
      },
      broughtBy: 'next commit',
      brings: { waiting: ['b'], accepted: [null] },
    },
    'saveSent of what the flow has heard': {
      call: () => store.saveSent(sentMessage('sent', { told: true })),
      undone: async () => {
        assert.deepEqual(ids(await store.findSent(['idsent'])), ['sent']);
      },
      broughtBy: 'next commit',
      brings: { sent: ['sent told'] },
    },
    'saveSent with an event that waits for the flow': {
      before: async () => {
        await store.saveSent(sentMessage('sent'));
        return undefined;
      },
      call: () => store.saveSent(sentMessage('sent', { told: true }), { park: [{ kind: 'report', data: 1 }] }),
      undone: async () => {
        assert.deepEqual(await store.findSent(['idsent']), [sentMessage('sent')]);
        assert.deepEqual(await store.parked(), []);
      },
      broughtBy: 'next call',
      brings: { sent: ['sent told'], parked: ['report'] },
    },
    park: {
      call: () => store.park({ kind: 'incoming', data: 'text' }),
      undone: async () => {
        assert.deepEqual(await store.parked(), []);
      },
      broughtBy: 'next call',
      brings: { parked: ['incoming'] },
    },
    savePartial: {
      call: () => store.savePartial(partial, null, { park: [{ kind: 'incoming', data: 'text' }] }),
      undone: async () => {
        assert.equal(await store.findPartial('part'), null);
        assert.deepEqual(await store.parked(), []);
      },
      broughtBy: 'next call',
      brings: { partials: ['part'], parked: ['incoming'] },
    },
    forgetPartial: {
      before: async () => {
        await store.savePartial(partial, null);
        return undefined;
      },
      call: () => store.forgetPartial(partial),
      undone: async () => {
        assert.equal(await store.findPartial('part'), null);
      },
      broughtBy: 'next commit',
      brings: {},
    },
  };

  for (const [what, failure] of Object.entries(failures)) {
    describe(`that ${what}`, () => {
      for (const [name, { before, call, undone, broughtBy, brings }] of Object.entries(operations)) {
        it(`rejects ${name}, leaves the disk as it was, and the ${broughtBy} brings it`, async () => {
          const message = await before?.();
          const stateBefore = await stateOf(await afterCrash());
          failOnce(failure);
          await assert.rejects(call(message), { code: 'SMPP_STORE_FAILED', message: /EIO/ });
          assert.deepEqual(await stateOf(await afterCrash()), stateBefore);
          await undone(message);
          if (broughtBy === 'next call') await call(message);
          else await anotherCommit();
          assert.deepEqual(await stateOf(await afterCrash()), { ...nothing, ...brings });
          assert.equal(errors.length, 2, 'that it fails, and that it works again');
          assert.match(errors[1]!, /works again/);
        });
      }

      it('leaves of an outcome that was told all the same nothing but what its receipts need', async () => {
        const message = await leased();
        failOnce(failure);
        await assert.rejects(store.settle(outcomeOf(message), sentMessage('a')));
        await store.told('a');
        assert.deepEqual(await stateOf(await afterCrash()), {
          ...nothing,
          waiting: ['b'],
          accepted: [null],
          sent: ['a'],
        });
      });

      it('is made up for when the store is closed', async () => {
        const message = await leased();
        failOnce(failure);
        await assert.rejects(store.settle(outcomeOf(message), sentMessage('a')));
        await store.close();
        assert.deepEqual(ids(await (await open(join(root, 'pool'))).untold()), ['a']);
        assert.match(errors.at(-1)!, /works again/);
      });
    });
  }

  it('that fails to the end is named in the log', async () => {
    const message = await leased();
    StoreFile.prototype.commit = () => Promise.resolve(FAILURE);
    await assert.rejects(store.settle(outcomeOf(message), sentMessage('a')));
    await store.close();
    assert.match(errors.join(), /could not be stored.*EIO/);
  });

  it('takes an outcome a second time for the same, where the first could not be stored', async () => {
    const message = await leased();
    failOnce(failures['is refused by the disk']!);
    await assert.rejects(store.settle(outcomeOf(message), sentMessage('a')));
    await store.settle(outcomeOf(message), sentMessage('a'));
    assert.deepEqual(ids(await store.untold()), ['a']);
  });

  it('that fails under a lease lets the messages be leased again in their order', async () => {
    for (const id of ['a', 'b', 'c']) await store.enqueue(outboxMessage(id, { urgent: id === 'c' }));
    failOnce(failures['is refused by the disk']!);
    await assert.rejects(store.lease(2), FAILURE);
    assert.deepEqual(ids(await store.lease(3)), ['c', 'a', 'b']);
  });

  it('that brings nothing of what recipients share leaves it to the next', async () => {
    const [first, second] = listMessages('m', ['447700900001', '447700900002']) as [OutboxMessage, OutboxMessage];
    for (const failure of Object.values(failures)) {
      failOnce(failure);
      await assert.rejects(store.enqueue(first));
    }
    await store.enqueue(second);
    const after = await afterCrash();
    assert.deepEqual((await after.lease(1)).map(ownMessageOf), [
      { payload: 'to all', order: { id: 7, numbers: '447700900002' } },
    ]);
  });
});
