import assert from 'node:assert/strict';
import { Announcements } from '../../src/pool/announcements';
import type { PoolEvent, PoolState, ServerState, Snapshot } from '../../src/pool/events';
import type { Server } from '../../src/pool/server';
import { HandClock } from '../support/clock';

/** What is asked of a server, to be set by the test. */
function fakeServer(name: string) {
  const failures: string[] = [];
  return {
    name,
    state: 'down' as ServerState,
    budget: { throttled: false, allowed: 50 },
    failures,
    noteState: () => undefined,
    failed: (_now: number, reason: string) => failures.push(reason),
  };
}

function announcing() {
  const servers = [fakeServer('one:2775'), fakeServer('two:2775')] as const;
  const pool = { state: 'down' as PoolState };
  const log: string[] = [];
  const announcements = new Announcements({
    clock: new HandClock(0),
    log: { info: (text) => log.push(text), warn: (text) => log.push(text), error: (text) => log.push(text) },
    servers: servers as unknown as readonly Server[],
    queueLimit: 100,
    state: () => pool.state,
    snapshot: () => ({ state: pool.state }) as Snapshot,
  });
  const events: PoolEvent[] = [];
  const detach = announcements.attach((event) => events.push(event));
  /** What was told since it was asked last, in short. */
  const told = (): string[] =>
    events.splice(0).map(({ event, server, reason }) => [event, server, reason].filter(Boolean).join(' '));
  return { announcements, servers, pool, log, events, detach, told };
}

describe('announcements', () => {
  it('tell each change of a server and of the pool once', () => {
    const { announcements, servers, pool, told } = announcing();
    announcements.stateChanged();
    assert.deepEqual(told(), []);
    servers[0].state = 'up';
    pool.state = 'degraded';
    announcements.stateChanged();
    announcements.stateChanged();
    assert.deepEqual(told(), ['server.up one:2775', 'pool.degraded']);
    servers[0].state = 'degraded';
    servers[1].state = 'up';
    announcements.stateChanged();
    assert.deepEqual(told(), ['server.up two:2775']);
    for (const server of servers) server.state = 'down';
    pool.state = 'down';
    announcements.stateChanged('link lost', 'closed');
    announcements.stateChanged('link lost', 'closed');
    assert.deepEqual(told(), [
      'server.down one:2775 link lost',
      'server.down two:2775 link lost',
      'pool.down link lost',
    ]);
  });

  it('call a pool that is stopped down, and say so once', () => {
    const { announcements, pool, told } = announcing();
    for (const state of ['up', 'stopped', 'down', 'stopped', 'up'] as const) {
      pool.state = state;
      announcements.stateChanged();
    }
    assert.deepEqual(told(), ['pool.up', 'pool.down', 'pool.up']);
  });

  it('tell where throttling begins and ends', () => {
    const { announcements, servers, log, told } = announcing();
    const [server] = servers;
    const look = (): void => {
      announcements.throttling(server as unknown as Server);
    };
    look();
    server.budget = { throttled: true, allowed: 12.34 };
    look();
    look();
    const reason = 'the platform says it is too fast; sending at 12.3 a second';
    assert.deepEqual(told(), [`server.throttled one:2775 ${reason}`]);
    assert.deepEqual(server.failures, [reason]);
    server.budget = { throttled: false, allowed: 50 };
    look();
    look();
    assert.deepEqual(told(), ['server.recovered one:2775']);
    assert.equal(log.length, 2);
  });

  it('tell of a queue that fills and empties, without alternating between', () => {
    const { announcements, told } = announcing();
    for (const waiting of [79, 80, 95, 79, 61, 80]) announcements.queue(waiting);
    assert.deepEqual(told(), ['queue.high 80 of 100']);
    for (const waiting of [60, 79, 60]) announcements.queue(waiting);
    assert.deepEqual(told(), ['queue.normal 60 of 100']);
  });

  it('come with the time and a snapshot, to every listener, even where one fails', () => {
    const { announcements, pool, events, log, detach } = announcing();
    const more: string[] = [];
    announcements.attach(() => {
      throw new Error('boom');
    });
    announcements.attach(({ event }) => more.push(event));
    pool.state = 'up';
    announcements.tell('store.away', { reason: 'Redis is away' });
    const expected = { event: 'store.away', time: '1970-01-01T00:00:00.000Z', reason: 'Redis is away' };
    assert.deepEqual(events, [{ ...expected, snapshot: { state: 'up' } }]);
    assert.deepEqual([more, log], [['store.away'], ['a listener failed on store.away: Error: boom']]);
    detach();
    announcements.tell('store.back', {});
    assert.deepEqual([events.length, more.length], [1, 2]);
  });
});
