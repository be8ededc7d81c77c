import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import helper from 'node-red-node-test-helper';
import { serveConnectionTest } from '../../../nodes/admin/connection-test';
import type { ProbeStep } from '../../../src/pool/probe-step';
import type { Simulator } from '../../../src/simulator/simulator';
import { closePlatforms, FakePlatform } from '../../support/fake-platform';
import { cleanUp, CountingProxy, flow, load, logged, pool, portsOf, simulate, until, type Flow } from '../runtime';

const PASSWORD = 'S3cretS3';
const STORED = '__PWRD__';

interface Answer {
  readonly status: number;
  readonly steps: readonly ProbeStep[];
  readonly code: string;
}

async function ask(body: unknown, id = 'pool'): Promise<Answer> {
  const { status, body: answer } = await helper
    .request()
    .post(`/smpp-pool/${id}/test`)
    .send(body as object);
  const { steps, problem } = answer as { steps?: readonly ProbeStep[]; problem?: { code: string } };
  assert.ok(!JSON.stringify(answer).includes(PASSWORD));
  return { status, steps: steps ?? [], code: problem?.code ?? '' };
}

function form(port: number | string, more: object = {}) {
  return { server: { host: '127.0.0.1', port, tls: false }, systemId: 'demo', password: STORED, ...more };
}

function ended({ steps }: Answer): string {
  const { step, problem } = steps.at(-1)!;
  return problem ? `${step} ${problem.code}` : step;
}

describe('the connection test of the pool dialog', () => {
  let simulator: Simulator;
  let port: number;

  beforeEach(async () => {
    simulator = await simulate({ account: [`demo:${PASSWORD}`], tls: true });
    port = portsOf(simulator)[0]!;
  });
  afterEach(async () => {
    await closePlatforms();
    await cleanUp();
    delete process.env.TEST_SMPP_SECRET;
    delete process.env.TEST_SMPP_PORT;
  });

  /** A pool on this port, and a TLS configuration that trusts the simulator. */
  async function deployed(
    more: Record<string, unknown> = {},
    credentials: Record<string, string> = { systemId: 'demo', password: PASSWORD },
  ): Promise<void> {
    const files = { cert: '', key: '', ca: '' };
    const tls = { id: 'tls', type: 'tls-config', ...files, verifyservercert: true, servername: 'localhost' };
    const nodes: Flow = flow(tls as unknown as Flow[number], pool([port], more));
    await load(nodes, { pool: credentials, tls: { cadata: simulator.certificate! } });
  }

  it('binds with the stored password where the pool is deployed', async () => {
    await deployed();
    const answer = await ask(form(port));
    assert.equal(answer.status, 200);
    assert.deepEqual(
      answer.steps.map(({ step }) => step),
      ['connect', 'bind', 'unbind'],
    );
    assert.equal(simulator.state().servers[0]!.binds, 0);
    assert.ok(!logged().includes(PASSWORD));
  });

  it('binds with a password that is typed, for a pool that was never deployed', async () => {
    await deployed();
    assert.equal(ended(await ask(form(port, { password: PASSWORD }), 'new')), 'unbind');
    assert.equal(ended(await ask(form(port, { password: 'wrong' }), 'new')), 'bind ESME_RINVPASWD');
  });

  it('takes a row that is switched off, and the port as a number or as a text', async () => {
    const servers = [{ host: '127.0.0.1', port: String(port), tls: false, enabled: false }];
    await deployed({ servers });
    assert.equal(ended(await ask(form(port))), 'unbind');
    assert.equal(ended(await ask(form(String(port)))), 'unbind');
  });

  it('goes through the TLS configuration that is deployed', async () => {
    await deployed();
    const secure = simulator.servers[0]!.tlsPort!;
    const server = { host: '127.0.0.1', port: secure, tls: true };
    const trusting = await ask(form(secure, { server, tls: 'tls', password: PASSWORD }));
    assert.equal(ended(trusting), 'unbind');
    assert.equal(trusting.steps.find(({ step }) => step === 'tls')!.facts.protocol, 'TLSv1.3');
    const doubting = await ask(form(secure, { server, password: PASSWORD }));
    assert.equal(ended(doubting), 'tls DEPTH_ZERO_SELF_SIGNED_CERT');
    assert.equal((await ask(form(secure, { server, tls: 'new', password: PASSWORD }))).code, 'tls-not-deployed');
    assert.equal((await ask(form(secure, { server, tls: 'pool', password: PASSWORD }))).code, 'tls-not-deployed');
  });

  describe('never sends the stored password', () => {
    for (const [what, change] of [
      ['to another host', { server: { host: 'localhost' } }],
      ['to another port', { server: { port: 1 } }],
      ['without TLS that the deployed pool has, or the reverse', { server: { tls: true } }],
      ['for another account', { systemId: 'other' }],
      ['under other TLS settings', { tls: 'tls' }],
      ['under an older TLS version', { tlsMinVersion: 'TLSv1' }],
    ] as const) {
      it(what, async () => {
        const proxy = await CountingProxy.before(port);
        port = proxy.port;
        await deployed();
        const { server, ...rest } = form(port);
        const body = { ...rest, ...change, server: { ...server, ...('server' in change ? change.server : {}) } };
        assert.deepEqual(await ask(body), { status: 200, steps: [], code: 'password-needed' });
        assert.equal(proxy.total, 0);
      });
    }

    it('for a pool that is not deployed, or is none', async () => {
      await deployed();
      assert.equal((await ask(form(port), 'new')).code, 'password-needed');
      assert.equal((await ask(form(port), 'tls')).code, 'password-needed');
    });
  });

  it('takes values of the environment where the deployed pool has them in the same place, and nowhere else', async () => {
    process.env.TEST_SMPP_SECRET = PASSWORD;
    process.env.TEST_SMPP_PORT = String(port);
    const servers = [{ host: '127.0.0.1', port: '${TEST_SMPP_PORT}', tls: false, enabled: true }];
    await deployed({ servers }, { systemId: 'demo', password: '${TEST_SMPP_SECRET}' });
    const asDeployed = form('${TEST_SMPP_PORT}', { password: '${TEST_SMPP_SECRET}' });
    assert.equal(ended(await ask(asDeployed)), 'unbind');
    assert.equal(ended(await ask(form('${TEST_SMPP_PORT}'))), 'unbind');
    for (const change of [
      { server: { host: 'localhost', port, tls: false } },
      { server: { host: '${TEST_SMPP_SECRET}', port, tls: false }, password: 'typed' },
      { systemId: '${TEST_SMPP_SECRET}' },
      { systemType: '${TEST_SMPP_SECRET}' },
      { password: '${HOME}' },
    ]) {
      assert.equal((await ask({ ...asDeployed, ...change })).code, 'environment-needed');
    }
  });

  it('says which variable of the environment is not set', async () => {
    await deployed({ servers: [{ host: '${TEST_SMPP_NONE}', port, tls: false, enabled: true }] });
    assert.equal((await ask(form(port, { server: { host: '${TEST_SMPP_NONE}', port, tls: false } }))).code, 'settings');
  });

  it('says what is wrong with a form', async () => {
    await deployed();
    const typed = { password: PASSWORD };
    assert.equal((await ask(form(0, typed))).code, 'settings');
    assert.equal((await ask(form(port, { ...typed, systemId: '' }))).code, 'settings');
    assert.equal((await ask(form(port, { ...typed, bindMode: 'sideways' }))).code, 'settings');
    for (const body of [{}, [], { server: 'x' }, form(port, { ...typed, systemType: 'x'.repeat(20_000) })]) {
      assert.deepEqual(await ask(body), { status: 400, steps: [], code: 'bad-request' });
    }
  });

  it('refuses in words a server that is none, whatever is in its place', async () => {
    await deployed();
    const { server, ...rest } = form(port, { password: PASSWORD });
    const odd: readonly unknown[] = [
      null,
      [],
      [server],
      'smpp.example.com:2775',
      7,
      true,
      { ...server, host: ['a'] },
      { ...server, host: { toString: 1 } },
      { ...server, host: 'x'.repeat(50_000) },
      { ...server, port: { valueOf: 1 } },
      { ...server, port: [port] },
      { ...server, tls: 'yes' },
      { ...server, tls: {} },
    ];
    for (const one of odd) {
      assert.deepEqual(await ask({ ...rest, server: one }), { status: 400, steps: [], code: 'bad-request' });
    }
    for (const field of ['systemId', 'password', 'systemType', 'addrTon', 'tls', 'bindMode']) {
      assert.equal((await ask({ ...rest, server, [field]: [1] })).code, 'bad-request', field);
    }
    const deep = await Promise.resolve(
      helper
        .request()
        .post('/smpp-pool/pool/test')
        .type('json')
        .send(`{"server":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    );
    assert.equal(deep.status, 400);
  });

  it('runs three tests a server and one of them a pool, keeps nobody from another, and ends the one whose dialog is closed', async () => {
    await deployed();
    const platform = await FakePlatform.listen();
    const typed = form(platform.port, { password: PASSWORD });
    const { app } = helper.request().post('/') as unknown as { app: { listen(port: number, host: string): Server } };
    const listening = app.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const url = `http://127.0.0.1:${String((listening.address() as AddressInfo).port)}/smpp-pool`;
    const closing = new AbortController();
    const tests = ['a', 'b', 'c'].map((id) =>
      fetch(`${url}/${id}/test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(typed),
        signal: closing.signal,
      }).catch(() => undefined),
    );
    await platform.links.many(3);
    assert.deepEqual(await ask(typed, 'a'), { status: 429, steps: [], code: 'busy' });
    assert.deepEqual(await ask(typed, 'd'), { status: 429, steps: [], code: 'busy' });
    for (const id of ['a', 'd', 'pool'])
      assert.equal(ended(await ask(form(port, { password: PASSWORD }), id)), 'unbind');
    closing.abort();
    await Promise.all(tests);
    await Promise.all(platform.links.all.map(({ closed }) => closed));
    await until(() => platform.links.all.every(({ socket }) => socket.destroyed));
    assert.equal(ended(await ask(form(port, { password: PASSWORD }), 'a')), 'unbind');
    listening.close();
  });

  it('asks for the permission to change pools', () => {
    const asked: string[] = [];
    const routes: { path: string; handlers: unknown[] }[] = [];
    const gate = (): void => undefined;
    serveConnectionTest(
      {
        auth: {
          needsPermission: (permission: string) => {
            asked.push(permission);
            return gate;
          },
        },
        httpAdmin: { post: (path: string, ...handlers: unknown[]) => routes.push({ path, handlers }) },
      } as never,
      (key) => key,
    );
    assert.deepEqual(asked, ['smpp-pool.write']);
    assert.equal(routes[0]!.path, '/smpp-pool/:id/test');
    assert.equal(routes[0]!.handlers[0], gate);
  });
});
