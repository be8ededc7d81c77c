import assert from 'node:assert/strict';
import { NO_TOTALS, type BindSnapshot, type ServerSnapshot } from '../../src/pool/events';
import { buildSnapshot, poolState, type PoolFigures, type ServerBinds } from '../../src/pool/snapshot';

const SINCE = '2026-01-01T00:00:00.000Z';
const BIND: BindSnapshot = {
  ...{ bind: 'trx1', mode: 'transceiver', state: 'bound', inFlight: 0, window: 10, lastError: null },
  since: SINCE,
};
const SERVER: ServerSnapshot = {
  ...{ server: 'one:2775', state: 'up', bound: 2, throughput: 50, allowed: 50, rate: 0, lastError: null },
  ...{ latencyMs: { p50: 20, p99: 40 }, since: SINCE, binds: [BIND, { ...BIND, bind: 'trx2' }] },
};
const NOW = 1_700_000_000_000;

function figures(change: Partial<PoolFigures> = {}): PoolFigures {
  return {
    ...{ now: NOW, servers: [SERVER], waiting: [], inFlight: 0, queueLimit: 1000, totals: { ...NO_TOTALS } },
    ...{ trouble: null, held: null, ...change },
  };
}

describe('the state of a pool', () => {
  const server = (state: ServerBinds['state'], bound: number, binds = 2): ServerBinds => ({
    ...{ state, bound },
    binds: Array.from({ length: binds }),
  });

  for (const [expected, what, servers] of [
    ['up', 'every bind stands', [server('up', 2), server('up', 2)]],
    ['degraded', 'a bind is missing', [server('degraded', 1), server('up', 2)]],
    ['degraded', 'a server is missing', [server('down', 0), server('up', 2)]],
    ['degraded', 'a server is stopped', [server('stopped', 0), server('up', 2)]],
    ['down', 'no bind stands', [server('down', 0), server('down', 0)]],
    ['down', 'no bind stands and a server is stopped', [server('down', 0), server('stopped', 0)]],
    ['stopped', 'every server is stopped', [server('stopped', 0), server('stopped', 0)]],
    ['up', 'all binds are in the hands of other instances', [server('up', 0, 0)]],
  ] as const) {
    it(`is ${expected} where ${what}`, () => {
      assert.equal(poolState(servers), expected);
    });
  }
});

describe('a snapshot', () => {
  it('counts what waits in the store and what is taken from it', () => {
    const waiting = [
      { count: 5, urgent: 1, oldest: NOW - 7400 },
      { count: 3, urgent: 2, oldest: NOW - 12_600 },
    ];
    const { queue } = buildSnapshot(figures({ waiting, inFlight: 4 }));
    assert.deepEqual(queue, { waiting: 8, urgent: 3, inFlight: 4, limit: 1000, oldestSeconds: 13 });
  });

  it('knows no age where nothing waits, nor of a message from the future', () => {
    assert.equal(buildSnapshot(figures()).queue.oldestSeconds, 0);
    const nothing = [{ count: 0, urgent: 0, oldest: null }];
    assert.equal(buildSnapshot(figures({ waiting: nothing })).queue.oldestSeconds, 0);
    const future = [{ count: 1, urgent: 0, oldest: NOW + 60_000 }];
    assert.equal(buildSnapshot(figures({ waiting: future })).queue.oldestSeconds, 0);
  });

  it('counts binds over all servers, and says what hinders', () => {
    const down = { ...SERVER, server: 'two:2775', state: 'down' as const, bound: 0 };
    const waiting = [{ count: 1, urgent: 0, oldest: NOW }];
    const { state, bound, binds, hindrance, servers } = buildSnapshot(figures({ servers: [SERVER, down], waiting }));
    assert.deepEqual([state, bound, binds, hindrance?.code], ['degraded', 2, 4, 'servers-down']);
    assert.deepEqual(servers, [SERVER, down]);
    assert.equal(buildSnapshot(figures({ waiting, trouble: 'Redis is away' })).hindrance?.code, 'store-away');
  });

  it('stays as it was when the totals go on', () => {
    const totals = { ...NO_TOTALS, accepted: 1 };
    const snapshot = buildSnapshot(figures({ totals }));
    totals.accepted = 2;
    assert.equal(snapshot.totals.accepted, 1);
  });

  it('names the instances where there are several', () => {
    assert.equal('instances' in buildSnapshot(figures()), false);
    const one = { id: 'a', self: true, host: 'h', pid: 1, since: SINCE, servers: [] };
    assert.deepEqual(buildSnapshot(figures({ instances: [one] })).instances, [one]);
  });
});
