import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { PoolSettings } from '../../src/pool/settings';
import { selfSignedCertificate } from '../../src/simulator/certificate';
import { closeAll, simulate } from '../simulator/running';
import { Link } from '../support/fake-platform';
import { closePools, poolSettings, runPool } from '../support/pool-run';

async function simulateTls() {
  const simulator = await simulate({ servers: 1, tls: true });
  return { simulator, port: simulator.servers[0]!.port, tlsPort: simulator.servers[0]!.tlsPort! };
}

function tlsPool(port: number, change: Partial<PoolSettings>) {
  return runPool(poolSettings([port], change, { tls: true }));
}

/** Why the first bind of this pool fails. */
async function whyDown(port: number, change: Partial<PoolSettings>): Promise<{ code?: string; reason?: string }> {
  const run = await tlsPool(port, change);
  return run.events.one(({ event }) => event === 'bind.down');
}

describe('TLS', () => {
  const old: Server[] = [];

  afterEach(async () => {
    await closePools();
    await closeAll();
    for (const server of old.splice(0)) server.close();
  });

  /** A platform that speaks nothing newer than this. */
  async function oldPlatform(maxVersion: 'TLSv1' | 'TLSv1.1') {
    const certificate = selfSignedCertificate();
    const options = { ...certificate, minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const server = createServer(options, (socket) => {
      const link = new Link(socket);
      void link.next().then((bind) => {
        link.answer(bind);
      });
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    old.push(server);
    return { port: (server.address() as AddressInfo).port, ca: certificate.cert };
  }

  it('carries messages and receipts where the authority is known', async () => {
    const { simulator, tlsPort } = await simulateTls();
    const run = await tlsPool(tlsPort, { tls: { ca: simulator.certificate! } });
    run.send('919812345678');
    assert.equal((await run.outcomes.one()).kind, 'accepted');
    assert.equal((await run.reports.one()).state, 'DELIVERED');
    assert.equal(simulator.state().servers[0]!.sessions[0]!.tls, true);
  });

  it('says that a certificate is self-signed', async () => {
    const { code, reason } = await whyDown((await simulateTls()).tlsPort, {});
    assert.equal(code, 'tls');
    assert.match(reason!, /self-signed.*CA in the TLS configuration/);
  });

  it('takes it all the same where it is told to', async () => {
    const run = await tlsPool((await simulateTls()).tlsPort, { tls: { rejectUnauthorized: false } });
    await run.events.one(({ event }) => event === 'pool.up');
  });

  it('says that a certificate is for another host', async () => {
    const { simulator, tlsPort } = await simulateTls();
    const { code, reason } = await whyDown(tlsPort, {
      tls: { ca: simulator.certificate!, servername: 'smpp.example' },
    });
    assert.equal(code, 'tls');
    assert.match(reason!, /another host name/);
  });

  it('says that a port does not speak TLS', async () => {
    const { code, reason } = await whyDown((await simulateTls()).port, {});
    assert.equal(code, 'tls');
    assert.match(reason!, /does not speak TLS/);
  });

  it('says that the bind never came about where only the port speaks TLS', async () => {
    const run = await runPool(poolSettings([(await simulateTls()).tlsPort]));
    const { code } = await run.events.one(({ event }) => event === 'bind.down');
    assert.ok(['closed-before-bind', 'tls', 'reset'].includes(code!), code);
  });

  it('says that a client certificate cannot be read, and Node-RED lives', async () => {
    const { code, reason } = await whyDown((await simulateTls()).tlsPort, { tls: { cert: 'no', key: 'no' } });
    assert.equal(code, 'tls');
    assert.match(reason!, /^TLS configuration: /);
  });

  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    it(`speaks ${version} only where it is allowed to`, async () => {
      const { port, ca } = await oldPlatform(version);
      const { code, reason } = await whyDown(port, { tls: { ca } });
      assert.equal(code, 'tls');
      assert.match(reason!, /lower the minimum version/);
      const run = await tlsPool(port, { tls: { ca }, tlsMinVersion: version });
      await run.events.one(({ event }) => event === 'pool.up');
    });
  }

  it('stays with what the platform offers where the minimum is TLS 1.3', async () => {
    const { simulator, tlsPort } = await simulateTls();
    const run = await tlsPool(tlsPort, { tls: { ca: simulator.certificate! }, tlsMinVersion: 'TLSv1.3' });
    await run.events.one(({ event }) => event === 'pool.up');
  });
});
