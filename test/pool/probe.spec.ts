import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { probe } from '../../src/pool/probe';
import type { ProbeStep } from '../../src/pool/probe-step';
import type { PoolSettings, ServerSettings } from '../../src/pool/settings';
import { closeAll, portOf, simulate, until } from '../simulator/running';
import { fastClock, HandClock } from '../support/clock';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { closePools, poolSettings, runPool } from '../support/pool-run';

const NEVER = new AbortController().signal;

function tryServer(
  port: number,
  change: Partial<PoolSettings> = {},
  server: Partial<ServerSettings> = {},
): Promise<readonly ProbeStep[]> {
  const settings = poolSettings([port], change, server);
  return probe(settings, settings.servers[0]!, NEVER);
}

function names(steps: readonly ProbeStep[]): string[] {
  return steps.map(({ step, problem }) => (problem ? `${step} ${problem.code}` : step));
}

function last(steps: readonly ProbeStep[]): ProbeStep {
  return steps.at(-1)!;
}

describe('a probe', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
    await closePools();
    await closePlatforms();
    await closeAll();
  });

  /** A platform that takes connections and says nothing. */
  async function mute(): Promise<number> {
    const server = createServer((socket) => {
      sockets.add(socket.resume());
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  it('goes from the name to the unbind, with the time of each step, and leaves no bind behind', async () => {
    const simulator = await simulate();
    const steps = await tryServer(portOf(simulator), {}, { host: 'localhost' });
    assert.deepEqual(names(steps), ['resolve', 'connect', 'bind', 'unbind']);
    for (const { ms } of steps) assert.ok(ms >= 0 && ms < 5000 && Number.isInteger(ms));
    assert.match(String(steps[0]!.facts.addresses), /127\.0\.0\.1/);
    assert.equal(steps[1]!.facts.address, '127.0.0.1');
    assert.equal(steps[2]!.facts.mode, 'transceiver');
    assert.equal(steps[2]!.facts.version, '3.4');
    assert.equal(simulator.state().servers[0]!.binds, 0);
  });

  it('tries transmitter and receiver one after the other where the pool binds as pairs', async () => {
    const simulator = await simulate({ binds: 1 });
    const steps = await tryServer(portOf(simulator), { bindMode: 'transmitter-receiver' });
    assert.deepEqual(names(steps), ['connect', 'bind', 'unbind', 'connect', 'bind', 'unbind']);
    assert.deepEqual(
      steps.filter(({ step }) => step === 'bind').map(({ facts }) => facts.mode),
      ['transmitter', 'receiver'],
    );
  });

  it('shows protocol and certificate of a platform with TLS', async () => {
    const simulator = await simulate({ tls: true });
    const tls = { ca: simulator.certificate! };
    const steps = await tryServer(simulator.servers[0]!.tlsPort!, { tls }, { tls: true });
    assert.deepEqual(names(steps), ['connect', 'tls', 'bind', 'unbind']);
    const { facts, warning } = steps[1]!;
    assert.equal(facts.protocol, 'TLSv1.3');
    assert.equal(facts.subject, 'smpp-simulator');
    assert.equal(facts.issuer, 'smpp-simulator');
    assert.ok(Date.parse(String(facts.validTo)) > Date.now());
    assert.ok(Number(facts.daysLeft) > 3000);
    assert.equal(warning, null);
  });

  it('shows the certificate that it does not trust, and sends nothing to its bearer', async () => {
    const simulator = await simulate({ tls: true });
    const steps = await tryServer(simulator.servers[0]!.tlsPort!, {}, { tls: true });
    assert.deepEqual(names(steps), ['connect', 'tls DEPTH_ZERO_SELF_SIGNED_CERT']);
    assert.equal(last(steps).facts.subject, 'smpp-simulator');
    assert.match(last(steps).problem!.message, /self-signed/);
  });

  it('says that a certificate bears another name', async () => {
    const simulator = await simulate({ tls: true });
    const tls = { ca: simulator.certificate!, servername: 'smpp.example' };
    const steps = await tryServer(simulator.servers[0]!.tlsPort!, { tls }, { tls: true });
    assert.deepEqual(names(steps), ['connect', 'tls ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('warns of a certificate that is taken unchecked', async () => {
    const simulator = await simulate({ tls: true });
    const tls = { rejectUnauthorized: false };
    const steps = await tryServer(simulator.servers[0]!.tlsPort!, { tls }, { tls: true });
    assert.deepEqual(names(steps), ['connect', 'tls', 'bind', 'unbind']);
    assert.equal(steps[1]!.warning!.code, 'certificate-unchecked');
  });

  it('says that a port does not speak TLS, and that it does', async () => {
    const simulator = await simulate({ tls: true });
    assert.deepEqual(names(await tryServer(portOf(simulator), {}, { tls: true })), [
      'connect',
      'tls ERR_SSL_WRONG_VERSION_NUMBER',
    ]);
    const plain = names(await tryServer(simulator.servers[0]!.tlsPort!));
    assert.equal(plain[0], 'connect');
    assert.match(plain[1]!, /^bind (speaks-tls|closed-before-bind|reset)$/);
  });

  it('says that a client certificate cannot be read', async () => {
    const simulator = await simulate({ tls: true });
    const tls = { cert: 'no', key: 'no' };
    const steps = await tryServer(simulator.servers[0]!.tlsPort!, { tls }, { tls: true });
    assert.deepEqual(names(steps), ['connect', 'tls tls-configuration']);
  });

  for (const [change, code] of [
    [{ password: 'S3cretS3' }, 'ESME_RINVPASWD'],
    [{ systemId: 'nobody' }, 'ESME_RINVSYSID'],
  ] as const) {
    it(`says why a bind is refused: ${code}`, async () => {
      const steps = await tryServer(portOf(await simulate()), change);
      assert.deepEqual(names(steps), ['connect', `bind ${code}`]);
      assert.ok(!JSON.stringify(steps).includes('S3cretS3'));
    });
  }

  it('says that the account has no bind left', async () => {
    const port = portOf(await simulate({ binds: 1 }));
    const run = await runPool(poolSettings([port]));
    await run.events.one(({ event }) => event === 'pool.up');
    const steps = await tryServer(port);
    assert.deepEqual(names(steps), ['connect', 'bind ESME_RALYBND']);
  });

  it('says that nothing listens, and that the host is not known', async () => {
    const port = await mute();
    servers.splice(0)[0]!.close();
    assert.deepEqual(names(await tryServer(port)), ['connect connect-refused']);
    assert.deepEqual(names(await tryServer(port, {}, { host: 'no-such-host.invalid' })), ['resolve dns']);
  });

  it('says that the peer closed the connection, or is no SMPP platform', async () => {
    const platform = await FakePlatform.listen();
    const closed = tryServer(platform.port);
    const first = await platform.link();
    await first.next();
    first.socket.end();
    assert.deepEqual(names(await closed), ['connect', 'bind closed-before-bind']);
    const strange = tryServer(platform.port);
    (await platform.link()).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    assert.deepEqual(names(await strange), ['connect', 'bind framing']);
  });

  for (const tls of [false, true]) {
    it(`gives up after fifteen seconds where nobody answers${tls ? ' the TLS handshake' : ''}, and closes`, async () => {
      const clock = new HandClock();
      const settings = poolSettings([await mute()], {}, { tls });
      const probing = probe(settings, settings.servers[0]!, NEVER, clock);
      await until(() => sockets.size === 1);
      // The connection stands on this side too before time passes.
      await new Promise((resolve) => setTimeout(resolve, 20));
      clock.turn(15_000);
      const steps = await probing;
      assert.deepEqual(names(steps), ['connect', tls ? 'tls tls-timeout' : 'bind bind-timeout']);
      await until(() => sockets.size === 0);
      assert.equal(clock.timers, 0);
    });
  }

  it('closes at once when it is given up', async () => {
    const port = await mute();
    const settings = poolSettings([port]);
    const giveUp = new AbortController();
    const probing = probe(settings, settings.servers[0]!, giveUp.signal);
    await until(() => sockets.size === 1);
    giveUp.abort();
    assert.equal(last(await probing).problem!.code, 'cancelled');
    await until(() => sockets.size === 0);
    assert.deepEqual(await probe(settings, settings.servers[0]!, giveUp.signal), [
      {
        step: 'connect',
        ms: 0,
        facts: {},
        warning: null,
        problem: { code: 'cancelled', message: 'given up' },
      },
    ]);
    assert.equal(sockets.size, 0);
  });

  it('ends, with the unbind unanswered', async () => {
    const platform = await FakePlatform.listen();
    const settings = poolSettings([platform.port]);
    const probing = probe(settings, settings.servers[0]!, NEVER, fastClock(20));
    const link = await platform.boundLink();
    await link.nextOf('unbind');
    assert.deepEqual(names(await probing), ['connect', 'bind', 'unbind']);
    await link.closed;
  });

  it('leaves the receipts that wait for the account to the next bind', async () => {
    const platform = await FakePlatform.listen();
    const settings = poolSettings([platform.port]);
    const probing = probe(settings, settings.servers[0]!, NEVER);
    const link = await platform.boundLink();
    link.send('deliver_sm', { source_addr: '919812345678', destination_addr: '56767', short_message: 'STOP' });
    link.answer(await link.nextOf('unbind'));
    await probing;
    assert.ok(!link.received.some(({ command }) => command === 'deliver_sm_resp'));
  });
});
