import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import type { NodeAPI } from 'node-red';
import type { FeedSnapshot } from '../../../nodes/admin/feed-snapshot';
import { serveLiveView } from '../../../nodes/admin/live-actions';
import type { Simulator } from '../../../src/simulator/simulator';
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
import { nested } from './nested';

describe('the actions of the live view', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await simulate({ servers: 2 });
  });
  afterEach(cleanUp);

  async function start(more: Record<string, unknown> = {}): Promise<void> {
    await load(flow(pool(portsOf(simulator), more), send({ wires: [['failed']] })));
  }

  const post = (action: string, body: object = {}, id = 'pool'): Promise<{ status: number; body: any }> =>
    Promise.resolve(helper.request().post(`/smpp-pool/live/${id}/${action}`).send(body));

  it('answers with all pools when it is asked', async () => {
    await start();
    await bound(2);
    const { body } = await helper.request().get('/smpp-pool/live').expect(200);
    assert.deepEqual(
      (body.pools as FeedSnapshot[]).map(({ id, name, snapshot }) => [id, name, snapshot.bound]),
      [['pool', 'main', 2]],
    );
  });

  it('disconnects one server and connects it again', async () => {
    await start();
    await bound(2);
    const server = `127.0.0.1:${portsOf(simulator)[0]!}`;
    assert.equal((await post('disconnect', { server })).status, 202);
    await until(() => simulator.state().servers[0]!.binds === 0);
    assert.equal(simulator.state().servers[1]!.binds, 1);
    assert.equal((await post('reconnect', { server })).status, 202);
    await until(() => simulator.state().servers[0]!.binds === 1);
  });

  it('binds a server anew that is up', async () => {
    await start();
    await bound(2);
    const [first] = poolNode().handle.snapshot().servers;
    assert.equal((await post('reconnect', { server: first!.server })).status, 202);
    await until(() => {
      const [again] = poolNode().handle.snapshot().servers;
      return again!.binds[0]!.since > first!.binds[0]!.since && again!.state === 'up';
    });
  });

  it('drains the pool: what waits is sent before it disconnects', async () => {
    await start({ throughput: 40 });
    await bound(2);
    for (let count = 0; count < 30; count++) give('send', { payload: 'Hello', topic: '447700900001' });
    assert.equal((await post('drain')).status, 202);
    await until(() => poolNode().handle.snapshot().state === 'stopped');
    assert.equal((await messages('failed', 30)).length, 30);
  });

  it('says in words what cannot be done', async () => {
    await start();
    await bound(2);
    for (const [action, body, id, status, words] of [
      ['disconnect', { server: 'example.com:1' }, 'pool', 404, /unknownServer/],
      ['disconnect', { server: 7 }, 'pool', 404, /unknownServer/],
      ['disconnect', { server: null }, 'pool', 400, /unknownServer/],
      ['disconnect', { server: ['a:1'] }, 'pool', 400, /unknownServer/],
      ['disconnect', { server: { toString: 1 } }, 'pool', 400, /unknownServer/],
      ['disconnect', { server: nested(1000) }, 'pool', 400, /unknownServer/],
      ['disconnect', { server: 'x'.repeat(50_000) }, 'pool', 404, /unknownServer/],
      ['disconnect', [], 'pool', 400, /not a JSON object/],
      ['explode', {}, 'pool', 400, /unknownAction/],
      ['constructor', {}, 'pool', 400, /unknownAction/],
      ['disconnect', {}, 'nothing', 404, /poolGone/],
    ] as const) {
      const answer = await post(action, body, id);
      assert.equal(answer.status, status, action);
      assert.match(answer.body.message, words);
      assert.ok(JSON.stringify(answer.body).length < 1000);
    }
    assert.equal(poolNode().handle.snapshot().bound, 2);
    await deploy(flow(pool(portsOf(simulator))), 'full');
    await until(() => !poolNode().handle.isOpen);
    assert.equal((await post('disconnect')).status, 409);
  });

  it('asks for the permission to read, and to write for everything that acts', () => {
    const routes: string[] = [];
    const route = (method: string) => (path: string, permission: string) =>
      routes.push(`${method} ${path} ${permission}`);
    const RED = {
      auth: { needsPermission: (permission: string) => permission },
      httpAdmin: { get: route('GET'), post: route('POST') },
    };
    serveLiveView(RED as unknown as NodeAPI, (key) => key);
    assert.deepEqual(routes, [
      'GET /smpp-pool/live smpp-pool.read',
      'POST /smpp-pool/live/:id/:action smpp-pool.write',
    ]);
  });
});
