import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator, SimulatorOptions, SimulatorState } from '../../src/simulator/simulator';
import { createSimulator } from '../../src/simulator/simulator';
import { closeAll, simulate } from './running';

afterEach(closeAll);

const COMMAND = join(__dirname, '../../src/simulator/cli.ts');

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', COMMAND, ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, output }));
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => output.includes('Ctrl-C') && resolve(output));
    ended.then(() => reject(new Error(output)), reject);
  });
  ready.catch(() => undefined);
  return { child, ready, ended };
}

describe('the command smpp-simulator', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'smpp-simulator-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('starts what flags and config file ask for, flags first, says where, and ends on Ctrl-C', async () => {
    const config = join(folder, 'config.json');
    await writeFile(
      config,
      JSON.stringify({ servers: 2, throughput: 7, port: 0, control: 0, account: ['filed:secret'] }),
    );
    const { child, ready, ended } = start(['--config', config, '--servers', '3', '--tls', '--account', 'flag:hidden']);
    const output = await ready;
    assert.equal(output.match(/^server \d {2}127\.0\.0\.1:\d+ {2}TLS 127\.0\.0\.1:\d+$/gm)?.length, 3);
    assert.match(output, /^accounts {2}flag$/m);
    assert.ok(!output.includes('hidden'));
    const control = /http:\/\/127\.0\.0\.1:\d+/.exec(output)![0];
    const state = (await (await fetch(`${control}/state`)).json()) as SimulatorState;
    assert.equal(state.servers.length, 3);
    child.kill('SIGINT');
    assert.equal((await ended).code, 0);
  });

  it('tells how it is used', async () => {
    const { code, output } = await start(['--help']).ended;
    assert.equal(code, 0);
    for (const flag of [
      'servers',
      'port',
      'tls',
      'account',
      'binds',
      'throughput',
      'idle',
      'control',
      'seed',
      'dlr-delay',
      'require-dlt',
      'lenient-version',
      'config',
    ]) {
      assert.ok(output.includes(`--${flag}`), flag);
    }
  });

  it('says what is wrong in one line', async () => {
    for (const [args, words] of [
      [['--servers', 'two'], /servers must be a number from 1 to 100/],
      [['--speed', '5'], /--speed/],
      [['--config', join(folder, 'missing.json')], /missing\.json/],
    ] as const) {
      const { code, output } = await start(args).ended;
      assert.equal(code, 1);
      assert.match(output.trim(), words);
      assert.equal(output.trim().split('\n').length, 1, output);
    }
  });
});

describe('options of createSimulator', () => {
  const wrong: readonly SimulatorOptions[] = [
    { servers: 0 },
    { servers: 1.5 },
    { port: 70_000 },
    { throughput: -1 },
    { idle: 0 },
    { seed: Number.NaN },
    { tls: 'yes' as unknown as boolean },
    { account: 'demo:demo' as unknown as string[] },
    { account: ['demo'] },
    { account: [{ systemId: 'demo' } as unknown as string] },
    { speed: 5 } as SimulatorOptions,
  ];
  for (const options of wrong) {
    it(`cannot be ${JSON.stringify(options)}`, async () => {
      await assert.rejects(createSimulator(options), { code: 'SMPP_INVALID_INPUT', field: Object.keys(options)[0] });
    });
  }

  it('put servers on consecutive ports, their TLS twins 1000 above', async () => {
    // Below the ports that systems give to clients, where only a fixed one can be in the way.
    let port = 20_000 + (process.pid % 5000) * 2;
    const free = async (): Promise<Simulator> => {
      try {
        return await simulate({ port, tls: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        port += 2;
        return free();
      }
    };
    const { servers } = await free();
    assert.deepEqual(servers, [
      { port, tlsPort: port + 1000 },
      { port: port + 1, tlsPort: port + 1001 },
    ]);
  });

  it('leave nothing open where a port is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await assert.rejects(createSimulator({ control: port }), { code: 'EADDRINUSE' });
    await assert.rejects(createSimulator({ port, servers: 1 }), { code: 'EADDRINUSE' });
    taken.close();
  });
});
