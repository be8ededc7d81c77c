import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Node, NodeAPI } from 'node-red';
import type { PoolHandle } from '../../../nodes/pool-lifetime/pool-handle';
import type { PoolNode } from '../../../nodes/pool-lifetime/pool-node';
import { usePool, type PoolUse } from '../../../nodes/pool-lifetime/pool-user';
import { watchFlows } from '../../../nodes/pool-lifetime/registry';
import type { Status } from '../../../nodes/pool-lifetime/status-line';
import { systemClock } from '../../../src/base/clock';
import type { PoolState } from '../../../src/pool/events';

const events = new EventEmitter();

describe('a node and its pool', () => {
  const shown: Status[] = [];
  const changes = new Set<() => void>();
  let state: PoolState;
  let users: Record<string, unknown>;
  let node: Node;

  before(() => {
    watchFlows(events);
  });
  beforeEach(() => {
    shown.length = 0;
    changes.clear();
    state = 'up';
    users = {};
    node = { id: 'send', type: 'smpp-send', status: (face: Status) => shown.push(face) } as unknown as Node;
  });
  // Nothing is to be left for other tests' flows.
  after(() => events.emit('flows:stopping', { config: null }));

  const handle = {
    ready: null,
    failure: null,
    trouble: null,
    clock: systemClock,
    isOpen: true,
    snapshot: () => ({
      state,
      bound: 1,
      binds: 1,
      queue: { waiting: 0, inFlight: 0, limit: 9 },
      servers: [],
      hindrance: null,
    }),
    onChange: (listener: () => void) => {
      changes.add(listener);
      return () => changes.delete(listener);
    },
  } as unknown as PoolHandle;

  function use(id: unknown, type = 'smpp-pool'): PoolUse {
    const pool = { id: 'pool', type, handle, users } as unknown as PoolNode;
    const RED = { nodes: { getNode: (wanted: string) => (wanted === 'pool' ? pool : null) } } as unknown as NodeAPI;
    return usePool(
      RED,
      node,
      id,
      (key) => key,
      (face) => ({ ...face, text: 'refined' }),
    );
  }

  it('uses the pool until it leaves', () => {
    const { pool, leave } = use('pool');
    assert.equal(pool!.id, 'pool');
    assert.deepEqual(users, { send: node });
    leave();
    assert.deepEqual(users, {});
    assert.equal(changes.size, 0);
  });

  for (const [what, id, type] of [
    ['none is chosen', undefined, 'smpp-pool'],
    ['it is gone', 'other', 'smpp-pool'],
    ['a node of another kind has its id', 'pool', 'mqtt-broker'],
  ] as const) {
    it(`has none where ${what}, and says so`, () => {
      const { pool, status, leave } = use(id, type);
      status.touch();
      assert.equal(pool, null);
      assert.deepEqual(shown, [{ fill: 'grey', shape: 'ring', text: 'smpp-send.status.noPool' }]);
      assert.deepEqual(users, {});
      leave();
    });
  }

  for (const [now, refined] of [
    ['up', true],
    ['degraded', true],
    ['down', false],
    ['stopped', false],
  ] as const) {
    it(`shows ${refined ? 'what it adds' : 'the pool alone'} while the pool is ${now}`, () => {
      state = now;
      const { leave } = use('pool');
      for (const change of changes) change();
      assert.equal(shown.length, 1);
      assert.equal(shown[0]!.text === 'refined', refined, shown[0]!.text);
      leave();
    });
  }

  it('shows its status once the flows are started, and nothing any more once it has left', () => {
    const { status, leave } = use('pool');
    events.emit('flows:started', { config: { flows: [] } });
    assert.equal(shown.length, 1);
    leave();
    state = 'down';
    status.touch();
    events.emit('flows:started', { config: { flows: [] } });
    assert.equal(shown.length, 1);
  });
});
