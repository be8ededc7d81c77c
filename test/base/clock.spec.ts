import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { isoTime, systemClock } from '../../src/base/clock';
import { HandClock } from '../support/clock';

/** The event loop stands still, as under a Function node that computes. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe('the clock', () => {
  it('reads what lies in the sockets before a late timer is called', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [peer] = (await once(server, 'connection')) as [Socket];
    const order: string[] = [];
    socket.once('data', () => order.push('data'));
    await new Promise<void>((resolve) => {
      systemClock.after(10, () => {
        order.push('timer');
        resolve();
      });
      setImmediate(() => {
        peer.write('answer');
        block(400);
      });
    });
    assert.deepEqual(order, ['data', 'timer']);
    socket.destroy();
    server.close();
  });

  it('does not call a late timer that is cancelled while sockets are read', async () => {
    let called = false;
    const cancel = systemClock.after(5, () => (called = true));
    setTimeout(() => setImmediate(cancel), 5);
    block(400);
    await new Promise((resolve) => systemClock.after(20, () => resolve(null)));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(called, false);
  });

  it('tells a moment by the system clock as it is now, however wrong it was then', () => {
    const clock = new HandClock(Date.UTC(1970, 0, 1, 0, 5));
    const queued = clock.now();
    clock.turn(60_000);
    clock.setWall(Date.UTC(2026, 10, 27) - Date.UTC(1970, 0, 1));
    assert.equal(isoTime(clock, queued), '2026-11-27T00:05:00.000Z');
    assert.equal(clock.now() - queued, 60_000);
  });
});
