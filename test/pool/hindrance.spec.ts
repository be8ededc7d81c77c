import assert from 'node:assert/strict';
import type { BindSnapshot, ServerSnapshot } from '../../src/pool/events';
import { hindrance, type QueueState } from '../../src/pool/hindrance';

const BIND: BindSnapshot = {
  ...{ bind: 'trx1', mode: 'transceiver', state: 'bound', inFlight: 0, window: 10, lastError: null },
  since: '2026-01-01T00:00:00.000Z',
};

function server(change: Partial<ServerSnapshot> = {}, bind: Partial<BindSnapshot> = {}): ServerSnapshot {
  return {
    ...{ server: 'one:2775', state: 'up', bound: 1, throughput: 50, allowed: 50, rate: 0, lastError: null },
    ...{ latencyMs: { p50: 20, p99: 40 }, since: BIND.since, binds: [{ ...BIND, ...bind }] },
    ...change,
  };
}

const DOWN = server({ state: 'down', bound: 0 }, { state: 'waiting' });
const THROTTLED = server({ allowed: 20 });
const HELD = { count: 1, name: 'ESME_RTHROTTLED', server: 'one:2775' };

const said = (change: Partial<QueueState>): unknown => {
  const found = hindrance({ state: 'up', waiting: 3, servers: [server()], trouble: null, held: null, ...change });
  return found && [found.code, found.text];
};

describe('the hindrance', () => {
  it('is none where nothing waits, or nothing is in the way', () => {
    assert.equal(said({ waiting: 0, servers: [DOWN], state: 'down' }), null);
    assert.equal(said({}), null);
    assert.equal(said({ servers: [server({ throughput: 0, allowed: 0, rate: 9000 })] }), null);
  });

  for (const [what, change, expected] of [
    ['an order', { state: 'stopped', servers: [server({ state: 'stopped' })] }, ['stopped', 'stopped by hand']],
    ['the store', { trouble: 'Redis is away' }, ['store-away', 'the store is away: Redis is away']],
    ['all servers', { state: 'down', servers: [DOWN, DOWN] }, ['servers-down', '0 of 2 servers send: 2 down']],
    ['one server', { servers: [DOWN, server()] }, ['servers-down', '1 of 2 servers sends: 1 down']],
    [
      'most servers',
      { servers: [DOWN, THROTTLED, THROTTLED, THROTTLED, server(), server()] },
      ['throttled', '2 of 6 servers send: 1 down, 3 throttled'],
    ],
    [
      'slow answers',
      { servers: [server({ latencyMs: { p50: 4000, p99: 9000 } }, { inFlight: 10 })] },
      ['window-full', 'all windows full: answers take 4 s'],
    ],
    ['the budget', { servers: [server({ rate: 49 })] }, ['budget', 'waiting for the budget: 50 a second']],
    [
      'one message alone',
      { waiting: 1, held: HELD },
      ['message-held', '1 message is held and tried again now and then: one:2775 says ESME_RTHROTTLED'],
    ],
  ] as const) {
    it(`is ${what} where that limits most`, () => {
      assert.deepEqual(said(change as unknown as Partial<QueueState>), expected);
    });
  }

  it('is a held message last of all where others wait too', () => {
    assert.equal((said({ waiting: 9, held: HELD, servers: [server({ rate: 50 })] }) as string[])[0], 'budget');
    assert.equal((said({ waiting: 9, held: HELD }) as string[])[0], 'message-held');
  });
});
