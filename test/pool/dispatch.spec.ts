import assert from 'node:assert/strict';
import { Backlog, type LeasedMessage } from '../../src/pool/backlog';
import { Dispatch } from '../../src/pool/dispatch';
import { newLeased } from '../../src/pool/message-state';
import { HandClock } from '../support/clock';
import { outboxMessage } from '../store/messages';
import { FakeServer, quiet } from './fake-servers';

describe('the dispatch', () => {
  let order = 0;
  let open: Dispatch | null = null;

  function leased(id: string, segments = 1, urgent = false): LeasedMessage {
    const frames = Array.from({ length: segments }, () => Buffer.of(1));
    return newLeased(outboxMessage(id, { urgent, frames, messageIds: frames.map(() => null) }), order++);
  }

  function begin(...servers: FakeServer[]) {
    const clock = new HandClock();
    const all = servers.map(({ asServer }) => asServer);
    const backlog = new Backlog(all);
    const dispatch = new Dispatch({
      ...{ servers: all, backlog, clock },
      mayGo: () => true,
      isDue: () => true,
      dispatched: () => undefined,
    });
    dispatch.start();
    open = dispatch;
    const pump = async (): Promise<void> => {
      dispatch.pump();
      await quiet();
    };
    return { clock, backlog, dispatch, pump };
  }

  afterEach(() => {
    open?.stop();
  });

  it('lets servers take turns', async () => {
    const [one, two] = [new FakeServer('one'), new FakeServer('two')];
    const { backlog, pump } = begin(one, two);
    for (const id of ['a', 'b', 'c', 'd']) backlog.add(leased(id), null);
    await pump();
    assert.deepEqual(
      [one.sent, two.sent],
      [
        ['a.0', 'c.0'],
        ['b.0', 'd.0'],
      ],
    );
  });

  it('sends all segments of a message by the bind of its first, however many others have room', async () => {
    const servers = [1, 2, 3].map((n) => new FakeServer(String(n), { binds: 2 }));
    const { backlog, pump } = begin(...servers);
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) backlog.add(leased(id, 5), null);
    await pump();
    const bindsOf = (id: string): number =>
      servers
        .flatMap(({ binds }) => binds)
        .filter(({ pending }) => pending.some((item) => item.leased.message.id === id)).length;
    assert.equal(
      servers.reduce((sum, { sent }) => sum + sent.length, 0),
      30,
    );
    assert.deepEqual(['a', 'b', 'c', 'd', 'e', 'f'].map(bindsOf), [1, 1, 1, 1, 1, 1]);
  });

  it('holds up no other server, and no other bind, with a message whose window is full', async () => {
    const [one, two] = [new FakeServer('one', { binds: 2, window: 2 }), new FakeServer('two', { window: 2 })];
    const { backlog, pump } = begin(one, two);
    backlog.add(leased('long', 9), null);
    for (let n = 0; n < 4; n++) backlog.add(leased(`short${String(n)}`), null);
    await pump();
    assert.deepEqual([...one.sent, ...two.sent].sort(), [
      'long.0',
      'long.1',
      'short0.0',
      'short1.0',
      'short2.0',
      'short3.0',
    ]);
  });

  it('sends the urgent between two segments of a message that has begun', async () => {
    const one = new FakeServer('one', { window: 1 });
    const { backlog, pump } = begin(one);
    backlog.add(leased('long', 3), null);
    await pump();
    backlog.add(leased('now', 1, true), null);
    for (let n = 0; n < 3; n++) {
      one.binds[0]!.pending.pop();
      await pump();
    }
    assert.deepEqual(one.sent, ['long.0', 'now.0', 'long.1', 'long.2']);
  });

  it('paces by the budget, and wakes when there is some', async () => {
    const one = new FakeServer('one', { throughput: 10, window: 100 });
    const { backlog, pump, clock } = begin(one);
    for (let n = 0; n < 5; n++) backlog.add(leased(String(n)), null);
    await pump();
    const atOnce = one.sent.length;
    assert.ok(atOnce < 5);
    for (let n = 0; n < 100; n++) {
      clock.turn(10);
      await quiet();
    }
    assert.equal(one.sent.length, 5);
  });

  it('goes on by another bind of the server when one is gone, and by another server when all are', async () => {
    const [one, two] = [new FakeServer('one', { binds: 2, window: 1 }), new FakeServer('two', { window: 1 })];
    const { backlog, pump } = begin(one, two);
    backlog.add(leased('long', 4), null);
    await pump();
    const [first, second] = one.binds as [(typeof one.binds)[0], (typeof one.binds)[0]];
    first.isBound = false;
    await pump();
    assert.deepEqual([one.sent, second.pending.length, two.sent], [['long.0', 'long.1'], 1, []]);
    second.isBound = false;
    await pump();
    assert.deepEqual(two.sent, ['long.2']);
  });

  it('waits a while for the server that a message began on before a restart', async () => {
    const [one, two] = [new FakeServer('one'), new FakeServer('two')];
    const { backlog, pump, clock } = begin(one, two);
    one.binds[0]!.isBound = false;
    backlog.add(leased('back', 2), one);
    backlog.add(leased('gone', 2), one);
    await pump();
    assert.deepEqual(two.sent, []);
    clock.turn(10_000);
    await pump();
    assert.deepEqual(two.sent, ['back.0', 'back.1', 'gone.0', 'gone.1']);
  });
});
