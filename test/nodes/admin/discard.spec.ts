import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import { SmppError } from '../../../src/base/errors';
import { serveDiscard } from '../../../nodes/admin/discard';
import {
  bound,
  cleanUp,
  deploy,
  flow,
  give,
  load,
  messages,
  pool,
  poolNode,
  portsOf,
  send,
  simulate,
  until,
} from '../runtime';

describe('the endpoint that discards what waits', () => {
  afterEach(cleanUp);

  const post = (body: object, id = 'pool'): Promise<{ status: number; body: any }> =>
    Promise.resolve(helper.request().post(`/smpp-pool/${id}/discard`).send(body));

  /** A pool in which messages wait. */
  async function start(...topics: string[]): Promise<void> {
    const simulator = await simulate();
    await load(flow(pool(portsOf(simulator)), send({ failures: 'output' })));
    await bound();
    await poolNode().handle.disconnect();
    for (const topic of topics) give('send', { payload: 'Hello', topic });
    await until(() => poolNode().handle.snapshot().queue.waiting === topics.length);
  }

  it('ends what fits, and says how many that were', async () => {
    await start('447700900001', '447700900002', '447700900003');
    const { status, body } = await post({ filter: { to: '447700900003' } });
    assert.deepEqual([status, body], [200, { count: 1 }]);
    assert.equal((await messages('failed', 1))[0]!.smpp.outcome, 'cancelled');
    assert.deepEqual((await post({ filter: {} })).body, { count: 2 });
    await messages('failed', 3);
    assert.deepEqual((await post({ filter: {} })).body, { count: 0 });
  });

  it('does nothing for a bad filter, and says what is wrong with it', async () => {
    await start('447700900001');
    for (const body of [
      {},
      { filter: null },
      { filter: 'all' },
      { filter: { too: '1' } },
      { filter: { to: '' } },
      [],
    ]) {
      const answer = await post(body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(answer.body.message, /filter|not a JSON object/);
    }
    assert.equal((await post({ filter: {} }, 'nothing')).status, 404);
    assert.equal(poolNode().handle.snapshot().queue.waiting, 1);
    // What waits in memory would be sent by the pool of the next test.
    assert.deepEqual((await post({ filter: {} })).body, { count: 1 });
    await messages('failed', 1);
    await deploy(flow(pool([1])), 'full');
    await until(() => !poolNode().handle.isOpen);
    assert.equal((await post({ filter: {} })).status, 409);
  });

  it('says in words what the store cannot do', async () => {
    await start();
    const { handle } = poolNode();
    handle.discard = () => Promise.reject(new SmppError('SMPP_STORE_SHARED', 'several instances share it'));
    const { status, body } = await post({ filter: {} });
    assert.deepEqual([status, body], [409, { message: 'several instances share it', code: 'SMPP_STORE_SHARED' }]);
    Reflect.deleteProperty(handle, 'discard');
  });

  it('asks for the permission to write', () => {
    const routes: string[] = [];
    const RED = {
      auth: { needsPermission: (permission: string) => permission },
      httpAdmin: { post: (path: string, permission: string) => routes.push(`${path} ${permission}`) },
    };
    serveDiscard(RED as unknown as NodeAPI, (key) => key);
    assert.deepEqual(routes, ['/smpp-pool/:id/discard smpp-pool.write']);
  });
});
