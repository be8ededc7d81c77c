import assert from 'node:assert/strict';
import { poolStatus, StatusLine, type Status } from '../../../nodes/pool-lifetime/status-line';
import type { PoolHandle } from '../../../nodes/pool-lifetime/pool-handle';
import type { BindState, PoolState } from '../../../src/pool/events';
import catalogue from '../../../nodes/locales/en-US/smpp-pool.json';
import { HandClock } from '../../support/clock';

describe('status line', () => {
  let clock: HandClock;
  let shown: string[];
  let text: string;
  let line: StatusLine;

  beforeEach(() => {
    clock = new HandClock();
    shown = [];
    text = 'one';
    const node = { status: (status: Status) => shown.push(status.text) };
    line = new StatusLine(node, () => ({ fill: 'green', shape: 'dot', text }), clock);
  });

  function show(next: string): void {
    text = next;
    line.touch();
  }

  it('shows the first status at once, and an unchanged one never again', () => {
    line.touch();
    clock.turn(1000);
    line.touch();
    assert.deepEqual(shown, ['one']);
  });

  it('shows at most two a second, and the last one in any case', () => {
    for (let count = 0; count <= 100; count++) {
      show(String(count));
      clock.turn(10);
    }
    clock.turn(1000);
    assert.deepEqual(shown, ['0', '49', '99', '100']);
  });

  it('shows nothing any more once it is closed', () => {
    show('one');
    show('two');
    line.close();
    clock.turn(1000);
    show('three');
    clock.turn(1000);
    assert.deepEqual(shown, ['one']);
  });
});

describe('status of a pool', () => {
  const server = { server: 'a:1', throughput: 50, allowed: 50, binds: [] as object[] };

  function face(
    state: PoolState,
    binds: BindState[],
    more: { allowed?: number; throughput?: number; bad?: boolean; error?: string; waiting?: number } = {},
  ) {
    const bound = binds.filter((bind) => bind === 'bound').length;
    const servers = [
      { ...server, ...more, binds: binds.map((bind) => ({ state: bind, lastError: more.error ?? null })) },
    ];
    const snapshot = { state, bound, binds: binds.length, queue: { waiting: more.waiting ?? 3, inFlight: 2 }, servers };
    const shared = { snapshot: () => snapshot, failure: more.bad ? new Error() : null, ready: null };
    const words = catalogue['smpp-pool'].status as Record<string, string>;
    const say = (key: string, values?: Readonly<Record<string, unknown>>): string =>
      words[key.replace('status.', '')]!.replace(/__(\w+)__/g, (_, name: string) => String(values![name]));
    const status = poolStatus(shared as unknown as PoolHandle, say, 'smpp-pool');
    // As an editor shows it, which looks a key up.
    const text = status.text.replace(/^smpp-pool\.(status\.\w+)$/, (_, key: string) => `[${say(key)}]`);
    return `${status.fill} ${status.shape} ${text}`;
  }

  for (const [state, binds, more, expected] of [
    ['up', ['bound', 'bound'], {}, 'green dot 2/2 bound'],
    ['degraded', ['bound', 'waiting'], {}, 'yellow dot 1/2 bound'],
    ['degraded', ['bound', 'refused'], {}, 'yellow dot 1/2 bound'],
    ['down', ['connecting'], {}, 'yellow ring connecting · 3 waiting'],
    ['down', ['waiting'], {}, 'red ring disconnected · 3 waiting'],
    ['down', ['refused', 'refused'], {}, 'red dot bind refused · 3 waiting'],
    ['down', ['quota'], {}, 'red dot bind quota reached · 3 waiting'],
    [
      'down',
      ['refused'],
      { error: 'password refused by the platform (ESME_RINVPASWD)' },
      'red dot password refused · 3 waiting',
    ],
    ['down', ['refused'], { error: '(ESME_RINVSYSID)', waiting: 0 }, 'red dot [system id refused]'],
    ['down', ['waiting'], { waiting: 0 }, 'red ring [disconnected]'],
    ['stopped', ['stopped'], {}, 'yellow ring stopped · 3 waiting'],
    ['up', ['bound'], { allowed: 25 }, 'blue dot [throttled]'],
    ['up', ['bound'], { allowed: 25, throughput: 0 }, 'blue dot [throttled]'],
    ['up', ['bound'], { allowed: 0, throughput: 0 }, 'green dot 1/1 bound'],
    ['down', [], { bad: true }, 'red ring [check the settings]'],
    ['up', Array<BindState>(100).fill('bound'), {}, 'green dot 100/100 bound'],
  ] as const) {
    it(`is ${expected} when it is ${state} with ${[...new Set(binds)].join(' and ') || 'nothing'} ${JSON.stringify(more)}`, () => {
      const shown = face(state, [...binds], more);
      assert.equal(shown, expected);
      assert.ok(shown.split(' · ')[0]!.split(' ').slice(2).join(' ').replace(/[[\]]/g, '').length < 20);
    });
  }
});
