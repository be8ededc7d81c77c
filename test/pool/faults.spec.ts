import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeAll, portOf, simulate } from '../simulator/running';
import { assertAccounted } from '../support/accounting';
import { fastClock } from '../support/clock';
import { eventually } from '../support/eventually';
import { closeProxies, FaultProxy } from '../support/fault-proxy';
import { closePools, poolSettings, runPool } from '../support/pool-run';

const MESSAGES = 150;

interface Fault {
  readonly name: string;
  begin(proxy: FaultProxy): void;
  /** An answer whose status was damaged is a refusal to us. */
  readonly refusals?: boolean;
}

const FAULTS: readonly Fault[] = [
  { name: 'delay', begin: (proxy) => (proxy.trouble = { delayMs: 100 }) },
  { name: 'a delay above the response timeout', begin: (proxy) => (proxy.trouble = { delayMs: 700 }) },
  { name: 'a black hole', begin: (proxy) => (proxy.trouble = { blackHole: true }) },
  { name: 'connections that only one side knows', begin: (proxy) => proxy.halfOpen() },
  { name: 'resets', begin: (proxy) => proxy.reset() },
  { name: 'octets that drip', begin: (proxy) => (proxy.trouble = { dripMs: 5 }) },
  { name: 'a cut in the middle of a PDU', begin: (proxy) => proxy.cutAfter(50) },
  { name: 'a wrong octet now and then', begin: (proxy) => (proxy.trouble = { corruptEvery: 211 }), refusals: true },
];

/** Ten times as fast as time: a response timeout of half a second. */
const SETTINGS = { window: 5, responseTimeout: 5, enquireLink: 5 };

describe('a pool on a bad connection', function () {
  this.timeout(20_000);

  afterEach(async () => {
    await closePools();
    await closeProxies();
    await closeAll();
  });

  /** Messages through a proxy that goes bad for a while; every one is accounted for. */
  async function suffer({ begin, refusals = false }: Fault, servers: number): Promise<void> {
    const simulator = await simulate({ servers, dlrDelay: 100, binds: 0 });
    const proxy = await FaultProxy.to(portOf(simulator));
    const ports = servers === 1 ? [proxy.port] : [proxy.port, portOf(simulator, 2)];
    const run = await runPool(poolSettings(ports, SETTINGS, { binds: 2 }), { clock: fastClock(10) });
    await eventually('bound', () => run.pool.snapshot().state === 'up');
    const sent = new Map<string, string>();
    for (let n = 0; n < MESSAGES; n++) {
      const text = `alarm ${String(n)}`;
      sent.set(run.send('919812345678', { text }), text);
      if (n === 30) begin(proxy);
      await sleep(1);
    }
    await sleep(300);
    proxy.trouble = {};
    await eventually('an outcome for each', () => run.outcomes.all.length >= MESSAGES);
    assert.ok(run.outcomes.all.every(({ kind }) => kind === 'accepted' || refusals));
    assertAccounted(run, simulator, sent);
    await eventually('bound again', () => run.pool.snapshot().state === 'up');
  }

  for (const fault of FAULTS) {
    it(`loses nothing to ${fault.name}, with another server beside it and without`, async () => {
      await Promise.all([suffer(fault, 1), suffer(fault, 2)]);
    });
  }
});
