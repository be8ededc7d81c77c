import assert from 'node:assert/strict';
import { Backlog } from '../../src/pool/backlog';
import { Lease, leaseRoom } from '../../src/pool/lease';
import { newLeased } from '../../src/pool/message-state';
import type { OutboxMessage } from '../../src/store/store';
import { MemoryStore } from '../../src/store/memory';
import { HandClock } from '../support/clock';
import { outboxMessage } from '../store/messages';
import { FakeServer, quiet } from './fake-servers';

const NOW = 1_700_000_000_000;

function long(segments: number, id = 'long'): OutboxMessage {
  const frames = Array.from({ length: segments }, () => Buffer.of(1));
  return outboxMessage(id, { frames, messageIds: frames.map(() => null) });
}

describe('a lease', () => {
  describe('has room for', () => {
    const room = (...servers: FakeServer[]): number => {
      const all = servers.map(({ asServer }) => asServer);
      return leaseRoom(all, new Backlog(all), 10, NOW);
    };

    it('a tenth of a second of the budget, and no more than the windows hold', () => {
      assert.equal(room(new FakeServer('one', { throughput: 50 })), 6);
      assert.equal(room(new FakeServer('one', { throughput: 1000, binds: 2 })), 20);
    });

    it('the windows where there is no limit', () => {
      assert.equal(room(new FakeServer('one', { binds: 3 })), 30);
    });

    it('nothing where no server can submit', () => {
      const one = new FakeServer('one');
      one.binds[0]!.isBound = false;
      assert.equal(room(one), 0);
    });

    it('less by what any server may have', () => {
      const one = new FakeServer('one');
      const backlog = new Backlog([one]);
      backlog.add(newLeased(long(4), 0), null);
      assert.equal(leaseRoom([one.asServer], backlog, 10, NOW), 6);
    });

    it('the other servers, whatever one has begun', () => {
      const [one, two] = [new FakeServer('one'), new FakeServer('two')];
      const backlog = new Backlog([one, two]);
      backlog.add(newLeased(long(255), 0), one);
      assert.equal(leaseRoom([one.asServer, two.asServer], backlog, 10, NOW), 10);
    });

    it('the other binds of a server, where the bind of what has begun is full', () => {
      const one = new FakeServer('one', { binds: 2 });
      const backlog = new Backlog([one]);
      const message = newLeased(long(255), 0);
      backlog.add(message, null);
      backlog.follow(message, one.binds[0]!);
      for (let n = 0; n < 10; n++) one.binds[0]!.submit(Buffer.of(1), message.queued!);
      assert.equal(leaseRoom([one.asServer], backlog, 10, NOW), 20);
    });
  });

  async function leasing(backlog: Backlog, one: FakeServer) {
    const store = new MemoryStore({ queueLimit: 1000 });
    const taken: string[] = [];
    const lease = new Lease({
      ...{ store, servers: [one.asServer], window: 10, backlog, clock: new HandClock() },
      mayTake: () => true,
      taken: (messages) => {
        taken.push(...messages.map(({ id }) => id));
        return Promise.resolve();
      },
      failed: (error) => {
        throw error;
      },
    });
    await quiet();
    return { store, taken, lease };
  }

  it('takes no more than there is room for', async () => {
    const one = new FakeServer('one');
    const { store, taken, lease } = await leasing(new Backlog([one]), one);
    for (let n = 0; n < 30; n++) await store.enqueue(outboxMessage(String(n)));
    lease.take();
    lease.take();
    await quiet();
    assert.equal(taken.length, 10);
  });

  it('takes the urgent whatever is here', async () => {
    const one = new FakeServer('one');
    const backlog = new Backlog([one]);
    backlog.add(newLeased(long(200), 0), null);
    const { store, taken, lease } = await leasing(backlog, one);
    await store.enqueue(outboxMessage('slow'));
    await store.enqueue(outboxMessage('now', { urgent: true }));
    lease.take();
    await quiet();
    assert.deepEqual(taken, []);
    lease.urgentStored();
    lease.take();
    await quiet();
    assert.deepEqual(taken, ['now']);
    lease.take();
    await quiet();
    assert.deepEqual(taken, ['now']);
  });
});
