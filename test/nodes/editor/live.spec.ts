import assert from 'node:assert/strict';
import {
  bindFace,
  hindranceOf,
  moment,
  poolFace,
  serverFace,
  share,
  span,
  windowUse,
} from '../../../nodes/editor/live/live';
import { chart, Trace, TRACE } from '../../../nodes/editor/live/trace';
import type { FeedSnapshot } from '../../../nodes/admin/feed-snapshot';
import { figuresOf } from '../../../src/pool/hindrance';
import type { BindSnapshot, BindState, HindranceCode, ServerSnapshot, Snapshot } from '../../../src/pool/events';
import { catalogue, keysOf, translate } from './dialog';

function bind(more: Partial<BindSnapshot> = {}): BindSnapshot {
  const since = '2030-01-31T09:00:00.000Z';
  return {
    bind: 'trx1',
    mode: 'transceiver',
    state: 'bound',
    inFlight: 0,
    window: 10,
    since,
    lastError: null,
    ...more,
  };
}

function server(more: Partial<ServerSnapshot> = {}): ServerSnapshot {
  return {
    server: '127.0.0.1:2775',
    state: 'up',
    bound: 1,
    throughput: 50,
    allowed: 50,
    rate: 0,
    latencyMs: { p50: null, p99: null },
    lastError: null,
    since: '2030-01-31T09:00:00.000Z',
    binds: [bind()],
    ...more,
  };
}

function pool(
  state: Snapshot['state'],
  servers: ServerSnapshot[] = [server()],
  more: Partial<FeedSnapshot> = {},
): FeedSnapshot {
  const snapshot = { state, servers } as unknown as Snapshot;
  return { id: 'p', name: 'pool', inUse: true, problem: null, trouble: null, snapshot, ...more };
}

describe('the live view: states', () => {
  it('has a word in the catalogue for every state, so that none is told by colour alone', () => {
    const binds: BindState[] = ['connecting', 'bound', 'leaving', 'waiting', 'refused', 'quota', 'stopped'];
    const servers = [
      server(),
      server({ allowed: 25 }),
      server({ state: 'degraded' }),
      server({ state: 'down' }),
      server({ state: 'down', binds: [bind({ state: 'connecting' })] }),
      server({ state: 'stopped' }),
    ];
    const pools = [
      pool('up'),
      pool('degraded'),
      pool('down'),
      pool('stopped'),
      pool('down', [], { inUse: false }),
      pool('down', [], { problem: 'no server' }),
    ];
    const words = [...binds.map(bindFace), ...servers.map(serverFace), ...pools.map(poolFace)].map(({ word }) => word);
    const known = keysOf(catalogue('smpp-pool')).filter((key) => key.startsWith('smpp-pool.live.state.'));
    assert.deepEqual(new Set(words.map((word) => `smpp-pool.live.state.${word}`)), new Set(known));
  });

  it('tells a server that is slowed down from one at full speed', () => {
    assert.equal(serverFace(server({ allowed: 25 })).word, 'throttled');
    assert.equal(serverFace(server({ allowed: 12, throughput: 0 })).word, 'throttled');
    assert.equal(serverFace(server({ allowed: 0, throughput: 0 })).word, 'up');
  });

  it('does not call a server down that has not had its chance yet', () => {
    const fresh = server({ state: 'down', binds: [bind({ state: 'connecting' })] });
    assert.equal(serverFace(fresh).word, 'connecting');
    assert.equal(poolFace(pool('down', [fresh])).word, 'connecting');
    assert.equal(poolFace(pool('down', [server({ state: 'down', binds: [bind({ state: 'waiting' })] })])).word, 'down');
    assert.equal(poolFace(pool('down', [])).word, 'connecting');
  });

  it('says of a server and of its pool why they are down', () => {
    for (const state of ['refused', 'quota'] as const) {
      const down = server({ state: 'down', binds: [bind({ state: 'waiting' }), bind({ state })] });
      assert.equal(serverFace(down).word, state);
      assert.equal(poolFace(pool('down', [down])).word, state);
    }
  });

  it('puts what keeps a pool from starting before its state', () => {
    assert.equal(poolFace(pool('down', [], { problem: 'no server', inUse: false })).word, 'failed');
    assert.equal(poolFace(pool('down', [], { inUse: false })).word, 'unused');
  });
});

describe('the live view: what holds the queue up', () => {
  const hindrance = { code: 'servers-down', text: '1 of 2 servers sends: 1 down' } as const;
  const servers = [server(), server({ state: 'down' })];
  const snapshot = { ...pool('degraded', servers).snapshot, hindrance };

  it('is told in one sentence of the catalogue, with the figures of the servers', () => {
    assert.deepEqual(hindranceOf(pool('degraded', servers, { snapshot })), hindrance);
    assert.equal(
      translate('smpp-pool', `smpp-pool.live.hindrance.${hindrance.code}`, figuresOf(servers)),
      '1 of 2 servers send; others are down or stopped',
    );
  });

  it('has a sentence for every code, with no figure but those there are', () => {
    const codes = {
      'servers-down': true,
      stopped: true,
      'store-away': true,
      throttled: true,
      'window-full': true,
      budget: true,
      'message-held': true,
    } satisfies Record<HindranceCode, true>;
    const known = keysOf(catalogue('smpp-pool')).filter((key) => key.startsWith('smpp-pool.live.hindrance.'));
    assert.deepEqual(new Set(known), new Set(Object.keys(codes).map((code) => `smpp-pool.live.hindrance.${code}`)));
    for (const key of known) assert.doesNotMatch(translate('smpp-pool', key, figuresOf(servers)), /undefined/, key);
  });

  it('is no line where nothing does', () => {
    assert.equal(hindranceOf(pool('up', servers, { snapshot: { ...snapshot, hindrance: null } })), null);
  });

  it('is not told where the pool cannot run, or its store is away, which is told in its place', () => {
    for (const why of [{ problem: 'no server' }, { trouble: 'Redis is away' }, { inUse: false }]) {
      assert.equal(hindranceOf(pool('down', servers, { snapshot, ...why })), null);
    }
  });
});

describe('the live view: numbers', () => {
  it('adds up the windows of the binds that stand', () => {
    const binds = [bind({ inFlight: 3 }), bind({ inFlight: 1 }), bind({ state: 'waiting' })];
    assert.deepEqual(windowUse(server({ binds })), { used: 4, size: 20 });
  });

  it('knows no window where nothing is submitted', () => {
    assert.equal(windowUse(server({ binds: [bind({ mode: 'receiver', window: 0 })] })), null);
    assert.equal(windowUse(server({ binds: [bind({ state: 'waiting' })] })), null);
  });

  it('never shows more than a full bar', () => {
    assert.equal(share(5, 10), 0.5);
    assert.equal(share(30, 10), 1);
    assert.equal(share(3, 0), 0);
  });

  it('shows a moment of today by its time and an older one with its day', () => {
    const now = new Date(2030, 0, 31, 18, 0, 0);
    assert.equal(moment(new Date(2030, 0, 31, 9, 5, 7).toISOString(), now, 'en-US'), '09:05:07');
    assert.equal(moment(new Date(2030, 0, 29, 9, 5, 7).toISOString(), now, 'en-US'), 'Jan 29, 09:05');
  });

  it('shows a span in its largest unit', () => {
    assert.deepEqual(
      [0, 59, 60, 3599, 7300].map((seconds) => span(seconds, 'en-US')),
      ['0 sec', '59 sec', '1 min', '59 min', '2 hr'],
    );
  });
});

describe('the live view: the moving chart', () => {
  it('keeps one value a second for a minute', () => {
    const trace = new Trace();
    for (let second = 0; second < 100; second++) trace.put(second, second);
    assert.deepEqual(
      trace.values,
      Array.from({ length: TRACE }, (_, index) => 40 + index),
    );
    assert.equal(trace.most, 99);
  });

  it('takes the last value of a second, and holds it over seconds that were left out', () => {
    const trace = new Trace();
    trace.put(10, 1);
    trace.put(10, 2);
    trace.put(13, 5);
    assert.deepEqual(trace.values.slice(-5), [null, 2, 2, 2, 5]);
  });

  it('is all the last value after an hour in the background', () => {
    const trace = new Trace();
    trace.put(10, 7);
    trace.put(3610, 0);
    assert.deepEqual(trace.values, [...new Array<number>(TRACE - 1).fill(7), 0]);
  });

  it('does not mind a clock that is set back', () => {
    const trace = new Trace();
    trace.put(100, 1);
    trace.put(50, 2);
    trace.put(101, 3);
    assert.deepEqual(trace.values.slice(-2), [2, 3]);
  });

  it('draws the line, the area below it and the limit to one scale', () => {
    const { line, area, limit } = chart([0, 50, 25], 50, 100, 110);
    assert.equal(line, 'M0 110L50 10L100 60');
    assert.equal(area, 'M0 110L0 110L50 10L100 60L100 110L0 110Z');
    assert.equal(limit, 10);
  });

  it('leaves a gap where nothing is known', () => {
    const { line, area } = chart([10, null, 10, 10], 10, 30, 11);
    assert.equal(line, 'M0 1M20 1L30 1');
    assert.equal(area, 'M0 11L0 1L0 11L0 11ZM20 11L20 1L30 1L30 11L20 11Z');
  });

  it('has a scale without a limit and without a value too', () => {
    assert.deepEqual(chart([null, null], 0, 10, 10), { line: '', area: '', limit: null });
    assert.equal(chart([0, 0], 0, 10, 10).line, 'M0 10L10 10');
    assert.equal(chart([0, 100], 0, 10, 110).line, 'M0 110L10 10');
  });
});
