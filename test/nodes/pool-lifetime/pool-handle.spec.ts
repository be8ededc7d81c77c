import assert from 'node:assert/strict';
import { PoolHandle, type PoolOwner } from '../../../nodes/pool-lifetime/pool-handle';
import type { PoolPlan } from '../../../nodes/pool-lifetime/pool-plan';
import { SmppError } from '../../../src/base/errors';
import type { OutcomeHandler } from '../../../src/pool/listeners';
import type { Outcome } from '../../../src/store/outcome';
import { poolSettings } from '../../support/pool-run';

const LIMIT = 1000;
const problem = new SmppError('SMPP_POOL_CONFIG', 'the host is blank');

describe('the handle of a pool', () => {
  let handle: PoolHandle;
  let told: Outcome[];
  let failures: string[];
  const senders = new Map<string, OutcomeHandler>();

  beforeEach(() => {
    told = [];
    failures = [];
    senders.set('send', (outcome) => {
      told.push(outcome);
      return undefined;
    });
    handle = new PoolHandle('pool', senders);
  });
  afterEach(async () => {
    handle.release();
    await handle.close(LIMIT);
    senders.clear();
  });

  /** A node with a pool in memory, whose servers are out of reach. */
  function owner(changes: Partial<PoolPlan> = {}, more: Partial<PoolOwner> = {}): PoolOwner {
    const say = (): void => undefined;
    return {
      ...{
        id: 'pool',
        definitionId: 'pool',
        name: 'main',
        secrets: ['secret'],
        log: { info: say, warn: say, error: say },
      },
      plan: {
        ...{ settings: poolSettings([1]), store: 'memory', folder: '', redis: null, userDir: '', keepOnDeploy: true },
        problem: null,
        ...changes,
      },
      inUse: () => true,
      failed: ({ code }) => failures.push(code),
      sharesAccount: () => undefined,
      ...more,
    };
  }

  function send(): string {
    return handle.send({ node: 'send', msg: {}, message: { to: '447700900001', text: 'Hello' } as never });
  }

  it('is closed, and takes nothing, before it is opened', () => {
    handle.adopt(owner());
    assert.deepEqual([handle.isOpen, handle.snapshot().state], [false, 'down']);
    assert.throws(send, { code: 'SMPP_POOL_CLOSED' });
  });

  it('is ready once it is open, and not before', async () => {
    handle.adopt(owner());
    let ready = false;
    const waiting = handle.ready!.then(() => (ready = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ready, false);
    await handle.open(LIMIT);
    await waiting;
    assert.deepEqual([handle.ready, handle.isOpen, handle.upToDate], [null, true, true]);
    send();
    await handle.entered;
    assert.equal(handle.snapshot().queue.waiting, 1);
  });

  it('keeps its pool for an instance of its node that wants the same, whatever its name', async () => {
    handle.adopt(owner());
    await handle.open(LIMIT);
    send();
    await handle.entered;
    handle.release();
    assert.deepEqual([handle.isOpen, handle.upToDate], [true, false]);
    handle.adopt(owner({}, { name: 'renamed' }));
    assert.deepEqual([handle.ready, handle.upToDate], [null, true]);
    await handle.open(LIMIT);
    assert.equal(handle.snapshot().queue.waiting, 1);
  });

  it('has a new pool for one that wants another, with what waits', async () => {
    handle.adopt(owner());
    await handle.open(LIMIT);
    send();
    await handle.entered;
    handle.release();
    handle.adopt(owner({ settings: { ...poolSettings([1]), systemId: 'another' } }));
    assert.equal(handle.upToDate, false);
    assert.ok(handle.ready);
    await handle.open(LIMIT);
    assert.deepEqual([handle.upToDate, handle.snapshot().queue.waiting], [true, 1]);
  });

  it('has the failure of settings that are of no use, without a second error, until they are mended', async () => {
    handle.adopt(owner({ problem }));
    await handle.open(LIMIT);
    assert.deepEqual([handle.ready, handle.failure, handle.isOpen, failures], [null, problem, false, []]);
    assert.throws(send, { code: 'SMPP_POOL_CONFIG' });
    handle.adopt(owner());
    assert.equal(handle.failure, null);
    await handle.open(LIMIT);
    assert.equal(handle.isOpen, true);
  });

  it('tells its node of a store that cannot be opened', async () => {
    handle.adopt(owner({ store: 'disk', folder: '/dev/null/nowhere' }));
    await handle.open(LIMIT);
    assert.deepEqual(failures, ['SMPP_STORE_FAILED']);
    assert.deepEqual([handle.ready, handle.failure?.code], [null, 'SMPP_STORE_FAILED']);
  });

  it('is not open while nobody uses its node, and then closed where it is unwanted', async () => {
    handle.adopt(owner());
    await handle.open(LIMIT);
    await handle.closeUnwanted(LIMIT);
    assert.equal(handle.isOpen, true);
    handle.adopt(owner({}, { inUse: () => false }));
    await handle.closeUnwanted(LIMIT);
    assert.equal(handle.isOpen, false);
    assert.ok(handle.ready, 'whoever asks now waits for the next pool');
  });

  it('attaches who listens to each of its pools, and detaches who stops', async () => {
    const orphaned: string[] = [];
    const detach = handle.onEvent(({ event, outcome }) => outcome && orphaned.push(event));
    const sendFromNowhere = async (): Promise<void> => {
      handle.send({ node: 'gone', msg: {}, message: { to: 'Bob', text: 'Hello' } as never });
      await new Promise((resolve) => setTimeout(resolve, 0));
      await new Promise((resolve) => setImmediate(resolve));
    };
    handle.resume();
    for (const systemId of ['one', 'another']) {
      handle.adopt(owner({ settings: { ...poolSettings([1]), systemId } }));
      await handle.open(LIMIT);
      await sendFromNowhere();
    }
    assert.deepEqual(orphaned, ['outcome.orphaned', 'outcome.orphaned']);
    detach();
    await sendFromNowhere();
    assert.equal(orphaned.length, 2);
  });

  it('gives outcomes to the sender of its node, also to one that attached while no pool was open', async () => {
    handle.adopt(owner());
    await handle.open(LIMIT);
    handle.resume();
    handle.send({ node: 'send', msg: {}, message: { to: 'Bob', text: 'Hello' } as never });
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['invalid'],
    );
  });

  it('gives whoever waits a failure when its node was removed, and when Node-RED ends', async () => {
    handle.adopt(owner());
    const { ready } = handle;
    handle.release();
    await handle.tellTheRest();
    await ready;
    assert.equal(handle.failure!.code, 'SMPP_POOL_CONFIG');
    assert.equal(handle.disposable, true);
    const other = new PoolHandle('other', senders);
    other.adopt(owner());
    const waiting = other.ready;
    other.release();
    await other.end();
    await waiting;
    assert.equal(other.failure!.code, 'SMPP_POOL_CLOSED');
  });

  it('cannot be dropped while memory has messages that nobody was told of', async () => {
    handle.adopt(owner());
    await handle.open(LIMIT);
    send();
    await handle.entered;
    handle.release();
    await handle.close(LIMIT);
    assert.equal(handle.disposable, false);
  });
});
