import assert from 'node:assert/strict';
import {
  bound,
  cleanUp,
  CREDENTIALS,
  flow,
  give,
  inbox,
  load,
  logged,
  messages,
  pool,
  poolNode,
  portsOf,
  send,
  simulate,
  until,
  CountingProxy,
  type Message,
} from './runtime';
import type { Simulator } from '../../src/simulator/simulator';

function poolStatuses(): Message['status'][] {
  return inbox('statuses')
    .map(({ status }) => status)
    .filter(({ source }) => source.id === 'pool');
}

function caughtFrom(id: string): readonly Message[] {
  return inbox('caught').filter(({ error }) => error.source.id === id);
}

describe('smpp-pool', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await simulate({ servers: 2 });
  });
  afterEach(cleanUp);

  it('shows its binds, to the Status nodes of the flows that use it, too', async () => {
    await load(flow(pool(portsOf(simulator)), send()));
    await until(() => poolStatuses().at(-1)?.fill === 'green');
    assert.equal(poolStatuses()[0].text, 'smpp-pool.status.connecting');
    const { fill, shape, text, pool: numbers } = poolStatuses().at(-1);
    assert.deepEqual({ fill, shape, text }, { fill: 'green', shape: 'dot', text: 'smpp-pool.status.up' });
    assert.deepEqual(numbers, { state: 'up', bound: 2, binds: 2, waiting: 0, inFlight: 0 });
  });

  it('stays away from the platform while no node uses it', async () => {
    const proxy = await CountingProxy.before(portsOf(simulator)[0]!);
    await load(flow(pool([proxy.port])));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(proxy.total, 0);
  });

  it('unbinds when the flows stop', async () => {
    await load(flow(pool(portsOf(simulator)), send()));
    await bound(2);
    const { default: helper } = await import('node-red-node-test-helper');
    await helper.clearFlows();
    assert.deepEqual(
      simulator.state().servers.map(({ binds }) => binds),
      [0, 0],
    );
  });

  it('says that the password is wrong, once a server, without a storm and without the password', async () => {
    const proxy = await CountingProxy.before(portsOf(simulator)[0]!);
    await load(flow(pool([proxy.port], { binds: 3 }), send()), { pool: { systemId: 'demo', password: 'se7ret!' } });
    const [caught] = await messages('caught', 1);
    assert.equal(caught!.error.code, 'ESME_RINVPASWD');
    assert.equal(caught!.error.source.id, 'pool');
    await until(() => poolStatuses().at(-1)?.text === 'smpp-pool.status.passwordRefused');
    assert.equal(poolStatuses().at(-1).fill, 'red');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(proxy.total, 1);
    assert.equal(inbox('caught').length, 1);
    const everything = logged() + JSON.stringify([inbox('caught'), inbox('statuses'), poolNode().handle.snapshot()]);
    assert.ok(!everything.includes('se7ret!'));
  });

  it('says that the account has no bind left', async () => {
    const other = await simulate({ binds: 1 });
    await load(flow(pool(portsOf(other), { binds: 2 }), send()));
    const [caught] = await messages('caught', 1);
    assert.equal(caught!.error.code, 'ESME_RALYBND');
    assert.match(caught!.error.message, /errors\.quota/);
    await until(() => poolStatuses().at(-1)?.text === 'smpp-pool.status.degraded');
  });

  it('goes on with one server when the other is away', async () => {
    const [, second] = portsOf(simulator);
    const gone = await simulate();
    const [away] = portsOf(gone);
    await gone.close();
    await load(flow(pool([away!, second!]), send()));
    await bound(1);
    give('send', { payload: 'Hello', topic: '447700900001' });
    const [msg] = await messages('out', 1);
    assert.equal(msg!.smpp.server, `127.0.0.1:${second!}`);
    await until(() => poolStatuses().at(-1)?.text === 'smpp-pool.status.degraded');
  });

  it('binds by TLS with a core tls-config node', async () => {
    const secure = await simulate({ tls: true });
    const port = secure.servers[0]!.tlsPort!;
    const servers = [{ host: '127.0.0.1', port, tls: true, enabled: true }];
    const tls = {
      id: 'tls',
      type: 'tls-config',
      cert: '',
      key: '',
      ca: '',
      verifyservercert: true,
      servername: 'localhost',
    };
    await load(flow(tls, pool([], { servers, tls: 'tls' }), send()), {
      ...CREDENTIALS,
      tls: { cadata: secure.certificate! },
    });
    await bound();
    assert.equal(secure.state().servers[0]!.sessions[0]!.tls, true);
  });

  for (const [what, settings, credentials] of [
    ['without servers', { servers: [] }, CREDENTIALS],
    ['with an impossible port', { servers: [{ host: '127.0.0.1', port: 99999, enabled: true }] }, CREDENTIALS],
    ['with a missing TLS configuration', { servers: [{ host: 'a', port: 1, tls: true }], tls: 'gone' }, CREDENTIALS],
    ['without an account', {}, { pool: {} }],
    ['with an unset variable as its password', {}, { pool: { systemId: 'demo', password: '${SMPP_TEST_UNSET}' } }],
    ['with an unset variable as a host', { servers: [{ host: '${SMPP_TEST_UNSET}', port: 1 }] }, CREDENTIALS],
    ['with an impossible window', { window: 'many' }, CREDENTIALS],
    ['with the redis store and no address of it', { store: 'redis' }, CREDENTIALS],
  ] as const) {
    it(`is red ${what}, says why once, and its messages fail aloud`, async () => {
      await load(flow(pool(portsOf(simulator), settings), send()), credentials as never);
      await until(() => poolStatuses().at(-1)?.text === 'smpp-pool.status.invalid');
      assert.equal(poolStatuses().at(-1).fill, 'red');
      give('send', { payload: 'Hello', topic: '447700900001' });
      await until(() => caughtFrom('send').length === 1);
      const [{ error, smpp }] = caughtFrom('send') as [Message];
      assert.match(error.code, /^SMPP_POOL_CONFIG$|^SMPP_STORE_UNAVAILABLE$/);
      assert.equal(smpp.outcome, 'failed');
      assert.equal(caughtFrom('pool').length, 1);
      assert.equal(caughtFrom('pool')[0]!.error.code, error.code);
      assert.equal(simulator.state().servers[0]!.binds, 0);
    });
  }

  it('takes environment variables that are set, in settings and credentials', async () => {
    const [port] = portsOf(simulator);
    Object.assign(process.env, { SMPP_TEST_PORT: String(port), SMPP_TEST_PASSWORD: 'demo', SMPP_TEST_BINDS: '2' });
    const servers = [{ host: '127.0.0.1', port: '${SMPP_TEST_PORT}', binds: '${SMPP_TEST_BINDS}', enabled: true }];
    await load(flow(pool([], { servers }), send()), { pool: { systemId: 'demo', password: '${SMPP_TEST_PASSWORD}' } });
    await bound(2);
    for (const name of ['SMPP_TEST_PORT', 'SMPP_TEST_PASSWORD', 'SMPP_TEST_BINDS'])
      Reflect.deleteProperty(process.env, name);
  });

  it('warns of another pool on the same account', async () => {
    const second = { ...pool(portsOf(simulator)), id: 'pool-2' };
    await load(flow(pool(portsOf(simulator)), second, send(), send({ id: 'send-2', pool: 'pool-2' })), {
      ...CREDENTIALS,
      'pool-2': CREDENTIALS.pool,
    });
    await until(() => logged().includes('smpp-pool.errors.samePlatform'));
  });

  it('does not warn of another pool on the same account that no node uses', async () => {
    const second = { ...pool(portsOf(simulator)), id: 'pool-2' };
    await load(flow(pool(portsOf(simulator)), second, send()), { ...CREDENTIALS, 'pool-2': CREDENTIALS.pool });
    await bound(2);
    assert.ok(!logged().includes('smpp-pool.errors.samePlatform'));
  });
});
