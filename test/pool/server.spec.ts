import assert from 'node:assert/strict';
import type { Bind, BindOwner } from '../../src/pool/bind';
import { Server } from '../../src/pool/server';
import type { BindMode } from '../../src/pool/settings';
import { HandClock } from '../support/clock';
import { poolSettings } from '../support/pool-run';

const NOW = 1_700_000_000_000;

/** The owner of binds that never connect: their attempts wait for a clock that stands still. */
function server(binds = 2, bindMode: BindMode = 'transceiver', throughput = 50, clock = new HandClock(NOW)): Server {
  const settings = { ...poolSettings([1]), bindMode, window: 10 };
  const owner = { clock, settings, bound: () => undefined, lost: () => undefined } as unknown as BindOwner;
  return new Server({ host: '127.0.0.1', port: 2775, tls: false, binds, throughput }, owner);
}

/** As if the platform had accepted the bind, and so many submits were unanswered. */
function bindIt(bind: Bind, inFlight = 0): void {
  Object.defineProperties(bind, {
    isBound: { value: true },
    inFlight: { value: inFlight },
    ready: { value: inFlight < 10 },
  });
}

describe('a server of a pool', () => {
  it('has its binds named by kind and number, in pairs where one sends and one receives', () => {
    const names = (mode: BindMode): string[] => server(2, mode).binds.map(({ name }) => name);
    assert.deepEqual(names('transceiver'), ['trx1', 'trx2']);
    assert.deepEqual(names('transmitter-receiver'), ['tx1', 'rx1', 'tx2', 'rx2']);
    assert.deepEqual(names('receiver'), ['rx1', 'rx2']);
  });

  it('is stopped until it is started, then down, degraded or up by its binds', () => {
    const one = server(2);
    assert.equal(one.state, 'stopped');
    one.start();
    assert.equal(one.state, 'down');
    bindIt(one.binds[0]!);
    assert.deepEqual([one.state, one.bound], ['degraded', 1]);
    bindIt(one.binds[1]!);
    assert.deepEqual([one.state, one.bound], ['up', 2]);
    one.destroy();
    assert.equal(one.state, 'stopped');
  });

  it('says since when it is as it is', () => {
    const clock = new HandClock(NOW);
    const one = server(1, 'transceiver', 50, clock);
    const since = (): string => one.snapshot(clock.now()).since;
    clock.turn(1000);
    one.start();
    assert.equal(since(), new Date(NOW + 1000).toISOString());
    clock.turn(1);
    one.noteState();
    assert.equal(since(), new Date(NOW + 1000).toISOString());
    bindIt(one.binds[0]!);
    one.noteState();
    assert.equal(since(), new Date(NOW + 1001).toISOString());
    one.destroy();
  });

  it('can submit by any bound bind that does not only receive', () => {
    const pair = server(1, 'transmitter-receiver');
    const [transmitter, receiver] = pair.binds;
    bindIt(receiver!);
    assert.deepEqual([pair.canSubmit, pair.submitBinds], [false, 0]);
    bindIt(transmitter!);
    assert.deepEqual([pair.canSubmit, pair.submitBinds], [true, 1]);
  });

  it('submits by the bind with the fewest unanswered submits, and by none whose window is full', () => {
    const one = server(4);
    assert.equal(one.readyBind(), null);
    bindIt(one.binds[0]!, 10);
    assert.equal(one.readyBind(), null);
    bindIt(one.binds[1]!, 5);
    bindIt(one.binds[2]!, 3);
    bindIt(one.binds[3]!, 3);
    assert.equal(one.readyBind(), one.binds[2]);
  });

  it('shows its name, its pace and its last error, until there is another one', () => {
    const one = server(1, 'transceiver', 50);
    one.failed(NOW, 'the first');
    one.failed(NOW + 5, 'the second');
    const { server: name, throughput, allowed, lastError, latencyMs, binds } = one.snapshot(NOW + 10);
    assert.deepEqual([name, throughput, allowed], ['127.0.0.1:2775', 50, 50]);
    assert.deepEqual(lastError, { time: new Date(NOW + 5).toISOString(), reason: 'the second' });
    assert.deepEqual(Object.keys(latencyMs), ['p50', 'p99']);
    assert.deepEqual(
      binds.map(({ bind, mode, state }) => [bind, mode, state]),
      [['trx1', 'transceiver', 'stopped']],
    );
  });

  it('starts its binds one after the other, and asks for none of them once it is destroyed', () => {
    const clock = new HandClock(NOW);
    const one = server(3, 'transceiver', 50, clock);
    one.start();
    const { timers } = clock;
    assert.equal(timers, 3);
    one.start();
    assert.equal(clock.timers, timers, 'started once');
    one.destroy();
    assert.equal(clock.timers, 0);
  });

  it('belongs to this instance alone where no account is shared', () => {
    const one = server(3);
    assert.deepEqual([one.places, one.held, one.seated.length], [3, [1, 2, 3], 3]);
  });
});
