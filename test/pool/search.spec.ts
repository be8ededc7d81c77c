import assert from 'node:assert/strict';
import { MemoryStore } from '../../src/store/memory';
import type { Store } from '../../src/store/store';
import { closeAll, portOf, simulate } from '../simulator/running';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';

const INVALID = { code: 'SMPP_INVALID_INPUT' };

describe('a search for messages', () => {
  afterEach(async () => {
    await closePlatforms();
    await closePools();
    await closeAll();
  });

  async function running(change: Parameters<typeof poolSettings>[1] = {}): Promise<PoolRun> {
    const simulator = await simulate();
    return runPool(poolSettings([portOf(simulator)], change));
  }

  async function found(run: PoolRun, filter: unknown, limit?: unknown): Promise<(string | null)[]> {
    return (await run.pool.find(filter, limit)).messages.map(({ outcome }) => outcome);
  }

  it('tells what became of a message to a number', async () => {
    const run = await running();
    const id = run.send('+91 98123 45678');
    run.send('919812345679');
    await run.reports.many(2);
    const { messages, next } = await run.pool.find({ to: '9812345678' }, undefined);
    assert.equal(next, null);
    assert.equal(messages.length, 1);
    const { outcome, state, status, messageIds, segments, server, reference, text } = messages[0]!;
    assert.deepEqual(
      { outcome, state, status, segments, reference, text },
      { outcome: 'accepted', state: 'DELIVERED', status: 'DELIVRD', segments: 1, reference: null, text: undefined },
    );
    assert.equal(messages[0]!.id, id);
    assert.equal(server, run.pool.snapshot().servers[0]!.server);
    const [same] = (await run.pool.find({ messageId: messageIds[0] }, 1)).messages;
    assert.equal(same!.id, id);
  });

  it('tells why a message failed, and of one that was never sent', async () => {
    const run = await running();
    run.send('91980101035');
    run.send('9.19E11');
    await run.outcomes.many(2);
    const { messages } = await run.pool.find({}, undefined);
    const of = (outcome: string) => messages.find((message) => message.outcome === outcome)!;
    assert.equal(of('refused').error, run.outcomes.all.find(({ kind }) => kind === 'refused')!.error!.code);
    assert.equal(of('invalid').error, 'SMPP_INVALID_INPUT');
    assert.match(of('invalid').description!, /^to: "9.19E11"/);
    assert.equal(of('invalid').to, '9.19E11');
  });

  it('finds what waits and what is on its way before what has ended', async () => {
    const platform = await FakePlatform.listen();
    const run = await runPool(poolSettings([platform.port], { window: 1 }));
    const link = await platform.boundLink();
    for (let n = 0; n < 5; n++) run.send('919812345678');
    link.answer(await link.next(), { message_id: 'a' });
    await run.outcomes.one();
    await link.next();
    assert.deepEqual(await found(run, {}), [null, null, null, null, 'accepted']);
    assert.deepEqual(await found(run, { outcome: null }), [null, null, null, null]);
    assert.deepEqual(await found(run, { outcome: 'accepted' }), ['accepted']);
    const first = await run.pool.find({}, 2);
    const second = await run.pool.find({}, 2, first.next);
    const third = await run.pool.find({}, 2, second.next);
    const ids = [first, second, third].flatMap(({ messages }) => messages.map(({ id }) => id));
    assert.equal(new Set(ids).size, 5);
    assert.deepEqual([first.next, second.next, third.next], ['w2', 'newest', null]);
  });

  it('looks into a history of its own where the store keeps none', async () => {
    const simulator = await simulate();
    const kept = new MemoryStore({ queueLimit: 10 });
    const store = new Proxy<Store>(kept, {
      get(_, name) {
        if (name === 'history') return undefined;
        const value: unknown = Reflect.get(kept, name, kept);
        return typeof value === 'function' ? (value.bind(kept) as unknown) : value;
      },
      set: (_, name, value) => Reflect.set(kept, name, value, kept),
    });
    const run = await runPool(poolSettings([portOf(simulator)]), { store });
    run.send('919812345678');
    await run.reports.one();
    const [entry] = (await run.pool.find({ state: 'DELIVERED' }, undefined)).messages;
    assert.deepEqual([entry?.outcome, entry?.status], ['accepted', 'DELIVRD']);
    assert.equal(kept.history.size, 0);
  });

  it('keeps the text only where that is wanted', async () => {
    const run = await running({ historyText: true });
    run.send('919812345678', { text: 'Pump 3 alarm €' });
    run.send('919812345678', { text: Buffer.from([1, 255]) });
    await run.outcomes.many(2);
    const { messages } = await run.pool.find({}, undefined);
    assert.deepEqual(messages.map(({ text }) => text).sort(), ['01ff', 'Pump 3 alarm €']);
  });

  it('forgets the messages to one number, and no more', async () => {
    const run = await running();
    for (const to of ['919812345678', '919812345678', '919812345679']) run.send(to);
    await run.reports.many(3);
    await assert.rejects(run.pool.forget({}), INVALID);
    await assert.rejects(run.pool.forget({ node: 'sender' }), /it must name "to" or "id"/);
    await assert.rejects(run.pool.forget({ to: '919812345678', stat: 1 }), { ...INVALID, field: 'filter.stat' });
    assert.equal(await run.pool.forget({ to: '12345678' }), 0);
    assert.equal(await run.pool.forget({ to: '+91 98123-45678' }), 2);
    assert.deepEqual(await found(run, {}), ['accepted']);
  });

  it('says that a pool without a history has none', async () => {
    const run = await running({ historyDays: 0 });
    run.send('919812345678');
    await run.outcomes.one();
    await assert.rejects(run.pool.find({}, undefined), { code: 'SMPP_HISTORY_OFF' });
    await assert.rejects(run.pool.forget({ id: 'a' }), { code: 'SMPP_HISTORY_OFF' });
  });

  it('refuses a filter, a limit or a place that it cannot read', async () => {
    const run = await running();
    await assert.rejects(run.pool.find(undefined, undefined), INVALID);
    await assert.rejects(run.pool.find({ too: 1 }, undefined), INVALID);
    await assert.rejects(run.pool.find({}, 0), INVALID);
    await assert.rejects(run.pool.find({}, 1, 'x'), INVALID);
  });
});
