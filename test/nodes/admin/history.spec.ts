import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import type { NodeAPI } from 'node-red';
import { serveHistory } from '../../../nodes/admin/history';
import type { Simulator } from '../../../src/simulator/simulator';
import {
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
  type FlowNode,
} from '../runtime';

describe('The history, for the editor and for scripts', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await simulate();
  });
  afterEach(cleanUp);

  /** A pool of its own for each test: what a pool's store holds outlives the test's flow. */
  let id = '';
  let count = 0;

  function settings(change: Record<string, unknown> = {}): FlowNode {
    return pool(portsOf(simulator), { id, ...change });
  }

  const isBound = (): Promise<void> => until(() => poolNode(id).handle.snapshot().bound === 1);

  async function start(change: Record<string, unknown> = {}): Promise<void> {
    id = `history-${String(count++)}`;
    const credentials = { [id]: { systemId: 'demo', password: 'demo' } };
    await load(flow(settings(change), send({ pool: id, wires: [['failed']] })), credentials);
    await isBound();
  }

  const post = (what: string, body: unknown, of = id): Promise<{ status: number; body: any }> =>
    Promise.resolve(
      helper
        .request()
        .post(`/smpp-pool/${of}/${what}`)
        .send(body as object),
    );
  const csv = (query: string): Promise<{ status: number; text: string; headers: Record<string, string> }> =>
    Promise.resolve(helper.request().get(`/smpp-pool/${id}/history.csv?${query}`)) as never;

  async function sent(...all: Record<string, unknown>[]): Promise<void> {
    for (const msg of all) give('send', { payload: 'Hello', topic: '447700900001', ...msg });
    await messages('completed', all.length);
  }

  it('finds messages, and says where to look on where there are more', async () => {
    await start();
    await sent({}, { topic: '447700900002', reference: { order: 7 } }, {});
    const { status, body } = await post('find', { filter: { to: '7700900001' }, limit: 1 });
    assert.equal(status, 200);
    assert.equal(body.messages.length, 1);
    assert.equal(body.messages[0].outcome, 'accepted');
    const more = await post('find', { filter: { to: '7700900001' }, limit: 5, from: body.next });
    assert.equal(more.body.messages.length, 1);
    assert.equal(more.body.next, undefined);
    assert.notEqual(more.body.messages[0].id, body.messages[0].id);
    const [other] = (await post('find', { filter: { reference: { order: 7 } } })).body.messages;
    assert.equal(other.to, '447700900002');
    assert.ok(!('text' in other));
  });

  it('forgets what is named, and nothing where the filter is faulty', async () => {
    await start();
    await sent({}, {}, { topic: '447700900002' });
    for (const filter of [undefined, {}, { node: 'send' }, { to: '' }, { to: '447700900001', x: 1 }]) {
      const { status, body } = await post('forget', { filter });
      assert.deepEqual([status, body.code], [400, 'SMPP_INVALID_INPUT']);
    }
    assert.deepEqual((await post('forget', { filter: { to: '+44 7700 900001' } })).body, { count: 2 });
    assert.equal((await post('find', { filter: {} })).body.messages.length, 1);
  });

  it('is a table for a spreadsheet, whose cells run nothing', async () => {
    await start({ historyText: true });
    const reference = "=cmd|' /C calc'!A0";
    await sent({ reference, payload: '-1, "two"\nthree' }, { topic: '447700900002', reference: { a: [1] } });
    const { status, text, headers } = await csv('');
    assert.equal(status, 200);
    assert.match(headers['content-type']!, /^text\/csv; charset=utf-8/);
    assert.match(headers['content-disposition']!, /attachment/);
    const lines = text.replace('\uFEFF', '').split('\r\n');
    assert.match(lines[0]!, /^id,to,from,outcome,state,.*,reference,node,text$/);
    const body = lines.slice(1).join('\r\n');
    assert.ok(body.includes(`,'${reference},send,"'-1, ""two""\nthree"\r\n`), body);
    assert.ok(body.includes(`,"{""a"":[1]}",send,`), body);
    assert.equal((await csv('to=7700900002')).text.trim().split('\r\n').length, 2);
    const query = encodeURIComponent(JSON.stringify({ a: [1] }));
    assert.equal((await csv(`reference=${query}`)).text.trim().split('\r\n').length, 2);
    assert.equal((await csv('outcome=null')).text.trim().split('\r\n').length, 1);
    for (const faulty of ['number=1', 'to=12', 'to=7700900001&to=7700900002', 'outcome=lost']) {
      assert.equal((await csv(faulty)).status, 400, faulty);
    }
  });

  it('is whole in the table, however long it is', async () => {
    await start({ throughput: 0 });
    const list = Array.from({ length: 2500 }, (_, n) => String(447700900000 + n));
    give('send', { payload: 'Hello', topic: list });
    await messages('completed', 1);
    const lines = (await csv('')).text.trim().split('\r\n');
    assert.equal(new Set(lines.slice(1).map((line) => line.split(',')[1])).size, 2500);
  });

  it('says in words what cannot be done', async () => {
    await start();
    for (const [body, of, status, words] of [
      [{ filter: { to: '12' } }, id, 400, /at least the last 7/],
      [{ filter: {}, limit: 0 }, id, 400, /^limit/],
      [{ filter: {}, from: 'x' }, id, 400, /^from/],
      [{ filter: 'x' }, id, 400, /^filter/],
      [[], id, 400, /not a JSON object/],
      [{ filter: {} }, 'nothing', 404, /poolGone/],
    ] as const) {
      const answer = await post('find', body, of);
      assert.equal(answer.status, status, JSON.stringify(body));
      assert.match(answer.body.message, words);
    }
    await deploy(flow(settings({ historyDays: 0 }), send({ pool: id })), 'full');
    await isBound();
    const off = await post('find', { filter: {} });
    assert.deepEqual([off.status, off.body.code], [409, 'SMPP_HISTORY_OFF']);
    await deploy(flow(settings()), 'full');
    await until(() => !poolNode(id).handle.isOpen);
    assert.equal((await post('find', { filter: {} })).status, 409);
  });

  it('asks for the permission to read, and to write for what forgets', () => {
    const routes: string[] = [];
    const route = (method: string) => (path: string, permission: string) =>
      routes.push(`${method} ${path} ${permission}`);
    const RED = {
      auth: { needsPermission: (permission: string) => permission },
      httpAdmin: { get: route('GET'), post: route('POST') },
    };
    serveHistory(RED as unknown as NodeAPI, (key) => key);
    assert.deepEqual(routes.sort(), [
      'GET /smpp-pool/:id/history.csv smpp-pool.read',
      'POST /smpp-pool/:id/find smpp-pool.read',
      'POST /smpp-pool/:id/forget smpp-pool.write',
    ]);
  });
});
