import assert from 'node:assert/strict';
import { Membership, type MembershipServices } from '../../src/pool/membership';
import type { OtherInstances, Server } from '../../src/pool/server';
import type { Account, Beat } from '../../src/account/account';
import { HandClock } from '../support/clock';

/** What an instance says of one server. */
interface Said {
  readonly bound: number;
  readonly fastestMs: number | null;
}

/** What a server hears of the others that say so. */
async function heardOf(...others: readonly Said[]): Promise<OtherInstances> {
  const instances = new Map<string, unknown>(
    others.map((said, index) => [
      String(index),
      { since: '', servers: [{ server: 'one', rate: 7, binds: [], ...said }] },
    ]),
  );
  const beat: Beat = { servers: [{ held: [], share: 0, reduced: null }], missing: false, instances };
  const account: Partial<Account> = {
    instance: 'self',
    contract: () => Promise.resolve(),
    beat: () => Promise.resolve(beat),
    leave: () => Promise.resolve(),
  };
  return new Promise((resolve, reject) => {
    const server = {
      name: 'one',
      budget: { throughput: 10 },
      rate: { perSecond: () => 0 },
      seated: [],
      follow: (_held: unknown, _share: unknown, heard: OtherInstances) => {
        resolve(heard);
        void membership.close();
      },
    };
    const membership = new Membership({
      account: account as Account,
      servers: [server as unknown as Server],
      clock: new HandClock(),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined } as MembershipServices['log'],
      changed: () => undefined,
    });
    membership.open().catch(reject);
  });
}

describe('Membership', () => {
  it('tells a server what all others have of it, and the fastest way of any', async () => {
    const heard = await heardOf({ bound: 2, fastestMs: 9 }, { bound: 1, fastestMs: 4 });
    assert.deepEqual(heard, { bound: 3, rate: 14, fastest: 4 });
  });

  it('takes no way for the shortest while one that sends does not know its own', async () => {
    assert.equal((await heardOf({ bound: 2, fastestMs: 9 }, { bound: 1, fastestMs: null })).fastest, 0);
    assert.equal((await heardOf({ bound: 2, fastestMs: 9 }, { bound: 0, fastestMs: null })).fastest, 9);
    assert.equal((await heardOf()).fastest, Infinity);
  });
});
