/**
 * Prints what this package costs against the plain `smpp` library, all of it measured in one run: ratios hold on any machine,
 * the absolute numbers only on this one. `--quick`: one repetition and shorter measurements.
 */
import { measure, serve, type Service } from './child';
import type { CodecTimes } from './codec';
import type { Latency, LatencyOptions } from './latency';
import { medians, WINDOW, type Load, type LoadOptions, type QueueOptions } from './load';
import type { PlatformInfo } from './platform';
import type { PoolLoad, PoolOptions } from './pool';
import type { Recovery } from './recovery';
import { hasRedis, redisContract, redisLoad, redisMemory } from './redis';
import type { Waiting, WaitingOptions } from './waiting';

const quick = process.argv.includes('--quick');
const REPETITIONS = quick ? 1 : 5;
/** Milliseconds that one client runs at full load. */
const DURATION = quick ? 1500 : 2000;
/** Milliseconds over which the share of the contract is measured. */
const CONTRACT_DURATION = quick ? 5000 : 20_000;

interface Row {
  readonly name: string;
  readonly measured: string;
  readonly ratio?: string;
  /** What it should be; absent where there is no aim. */
  readonly aim?: string;
  readonly reached?: boolean;
}

interface Client {
  readonly name: string;
  readonly script: 'pool' | 'flow';
  readonly options: QueueOptions | PoolOptions;
  /** What it shall reach against the plain library: times its rate, and which part of its CPU a message. */
  readonly aim?: { readonly rate: number; readonly cpu?: number };
}

const memory = (binds: number): PoolOptions => ({ store: 'memory', binds, outstanding: 2 * WINDOW * binds });
/** A message waits for the disk before it may be submitted: more of them must be on their way. */
const disk: PoolOptions = { store: 'disk', binds: 1, outstanding: 600 };

const POOL_AIM = { rate: 4, cpu: 5 };

/** Clients at full load against the same server. */
const CLIENTS: readonly Client[] = [
  // Like the library: what was accepted is forgotten.
  { name: 'pool, no receipt asked, 1 bind', script: 'pool', options: { ...memory(1), receipt: 'none' }, aim: POOL_AIM },
  {
    name: 'pool, no receipt asked, 4 binds',
    script: 'pool',
    options: { ...memory(4), receipt: 'none' },
    aim: POOL_AIM,
  },
  { name: 'pool, remembering, 1 bind', script: 'pool', options: memory(1), aim: POOL_AIM },
  { name: 'pool, remembering, 4 binds', script: 'pool', options: memory(4), aim: POOL_AIM },
  { name: 'pool, disk store, 1 bind', script: 'pool', options: disk },
  { name: 'Node-RED flow, memory store', script: 'flow', options: memory(1) },
  { name: 'Node-RED flow, disk store', script: 'flow', options: disk, aim: { rate: 1 } },
];

/** The same with a receipt for each message: what is counted is messages whose result was told. */
const RECEIPT_CLIENTS: readonly Client[] = [
  {
    name: 'pool, a receipt each, memory store',
    script: 'pool',
    options: { ...memory(1), receipts: true },
    aim: { rate: 2.5, cpu: 1 / 0.45 },
  },
  {
    name: 'pool, a receipt each, disk store',
    script: 'pool',
    options: { ...disk, receipts: true },
    aim: { rate: 1.6 },
  },
];

const SHARE_AIM = 0.99;
/** Octets. */
const MEMORY_AIM = 150 * 2 ** 20;
/** Milliseconds. */
const OPEN_AIM = 1000;

/** What a client did, against the library in the moments before and after it. */
interface Compared extends Load {
  /** Times the library's rate. */
  readonly rate: number;
  /** Times less CPU a message than the library. */
  readonly saving: number;
}

const thousands = (perSecond: number): string => `${(perSecond / 1000).toFixed(1)} k/s`;
const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;

/**
 * One after the other, round after round, the library before and after each: the machine's speed changes by the minute, and what
 * is compared shall have met the same.
 */
async function measureClients(
  port: number,
  those: readonly Client[],
  receipts: boolean,
): Promise<{ readonly library: Load; readonly clients: readonly Compared[] }> {
  const run = (script: string, options?: object): Promise<Load> =>
    measure<Load>(script, { ports: [port], duration: DURATION, ...options });
  const plain = (): Promise<Load> => run('library', { receipts });
  const library = [await plain()];
  const clients: Compared[][] = those.map(() => []);
  for (let round = 0; round < REPETITIONS; round++) {
    for (const [index, { script, options }] of those.entries()) {
      const load = await run(script, options);
      library.push(await plain());
      const beside = (key: keyof Load): number => (library.at(-2)![key] + library.at(-1)![key]) / 2;
      const [rate, saving] = [load.perSecond / beside('perSecond'), beside('cpu') / load.cpu];
      clients[index]!.push({ ...load, rate, saving });
    }
  }
  return { library: medians(library), clients: clients.map(medians) };
}

function loadRow(name: string, { perSecond, cpu, loopDelay }: Load): Row {
  return {
    name,
    measured: `${thousands(perSecond)}, ${cpu.toFixed(1)} µs CPU, loop delay p99 ${loopDelay.toFixed(1)} ms`,
  };
}

function judged({ rate, saving }: Compared, aim: Client['aim']): Partial<Row> {
  const ratio = `rate ${times(rate)}, CPU 1/${saving.toFixed(2)}`;
  if (!aim) return { ratio };
  const words = [`≥ ${String(aim.rate)} ×`, ...(aim.cpu ? [`≤ 1/${aim.cpu.toFixed(1)}`] : [])];
  return { ratio, aim: words.join(', '), reached: rate >= aim.rate && saving >= (aim.cpu ?? 0) };
}

function clientRows(those: readonly Client[], measured: readonly Compared[]): Row[] {
  return those.map(({ name, aim }, index) => ({
    ...loadRow(name, measured[index]!),
    ...judged(measured[index]!, aim),
  }));
}

function codecRow(name: string, ours: number, library: number, aim: number): Row {
  return {
    name,
    measured: `${ours.toFixed(2)} µs, library ${library.toFixed(2)} µs`,
    ratio: `1/${(library / ours).toFixed(1)}`,
    aim: `≤ 1/${aim.toFixed(1)}`,
    reached: library / ours >= aim,
  };
}

async function codecRows(): Promise<Row[]> {
  const times = await measure<CodecTimes>('codec', { repetitions: REPETITIONS });
  return [
    // Aims: 2 µs where the library takes 12, 5 µs where it takes 6.7.
    codecRow('120 GSM characters: check, segment, encode', times.submit, times.submitLibrary, 12 / 2),
    codecRow('receipt: decode, parse', times.receipt, times.receiptLibrary, 6.7 / 5),
  ];
}

async function contractRow(throughput: number): Promise<Row> {
  const platform = await serve<PlatformInfo>('platform', { servers: 2, throughput });
  const { ports } = platform.info;
  const options: PoolOptions & LoadOptions = {
    ...{ store: 'memory', binds: 1, outstanding: 1000, throughput, ports, duration: CONTRACT_DURATION },
    // The first second is not yet limited by the one before it.
    warmUp: 1500,
  };
  const { perSecond, throttled } = await measure<PoolLoad>('pool', options);
  platform.stop();
  const share = perSecond / (throughput * ports.length);
  return {
    name: `2 servers at ${String(throughput)}/s for ${String(CONTRACT_DURATION / 1000)} s`,
    measured: `${String(throttled)} throttled`,
    ratio: `${(share * 100).toFixed(2)} % of the contract`,
    aim: `≥ ${String(SHARE_AIM * 100)} %, 0 throttled`,
    reached: share >= SHARE_AIM && throttled === 0,
  };
}

async function recoveryRow(): Promise<Row> {
  const platform = await serve<PlatformInfo>('platform', { servers: 1, throughput: 100 });
  const { firstMessage, contract } = await measure<Recovery>('recovery', platform.info);
  platform.stop();
  return {
    name: 'after 2 s of throttling, at 100/s',
    measured: `first message after ${firstMessage.toFixed(1)} s, full rate after ${contract.toFixed(1)} s`,
  };
}

async function latencyRow(): Promise<Row> {
  const options: LatencyOptions = { store: 'disk', messages: quick ? 100 : 400 };
  const { p50, p99 } = await measure<Latency>('latency', options);
  return {
    name: 'idle flow, disk store: input to submit',
    measured: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
  };
}

async function waitingRows(): Promise<Row[]> {
  const options: WaitingOptions = { messages: 100_000 };
  const { memory, open } = await measure<Waiting>('waiting', options);
  return [
    {
      name: 'flow with 100,000 waiting, disk store',
      measured: `${(memory / 2 ** 20).toFixed(0)} MB more resident`,
      aim: `< ${String(MEMORY_AIM / 2 ** 20)} MB`,
      reached: memory < MEMORY_AIM,
    },
    {
      name: 'opening the store with 100,000 waiting',
      measured: `${open.toFixed(0)} ms`,
      aim: `< ${String(OPEN_AIM)} ms`,
      reached: open < OPEN_AIM,
    },
  ];
}

/** With how many instances the redis store is measured. */
const INSTANCES = [1, 2, 3];
const REDIS_CONTRACT = 1000;

/** @param port of the responder */
async function redisRows(port: number): Promise<Row[]> {
  if (!hasRedis()) return [{ name: 'redis store', measured: 'left out: there is no redis-server on this machine' }];
  const rows: Row[] = [];
  for (const instances of INSTANCES) {
    const { perSecond, cpu, redisCpu } = await redisLoad(port, instances, 2 * DURATION);
    rows.push({
      name: `pool, redis store, ${String(instances)} instance${instances > 1 ? 's' : ''}`,
      measured: `${thousands(perSecond)}, ${cpu.toFixed(0)} µs CPU, and ${redisCpu.toFixed(0)} µs of Redis`,
    });
  }
  const instances = INSTANCES.at(-1)!;
  const { share, throttled } = await redisContract(REDIS_CONTRACT, instances, CONTRACT_DURATION);
  rows.push({
    name: `${String(instances)} instances, redis store, at ${String(REDIS_CONTRACT)}/s`,
    measured: `${String(throttled)} throttled`,
    ratio: `${(share * 100).toFixed(2)} % of the contract`,
    aim: `≥ ${String(SHARE_AIM * 100)} %, 0 throttled`,
    reached: share >= SHARE_AIM && throttled === 0,
  });
  const { waiting, remembered } = await redisMemory(port, quick ? 2000 : 20_000);
  rows.push({
    name: 'memory of Redis a message of 120 characters',
    measured: `${waiting.toFixed(0)} octets waiting, ${remembered.toFixed(0)} remembered for its receipts`,
  });
  return rows;
}

async function simulatorRow(pool: Load): Promise<Row> {
  const platform = await serve<PlatformInfo>('platform', { servers: 1, throughput: 0 });
  const { perSecond } = await measure<Load>('capacity', { ports: platform.info.ports, duration: DURATION });
  platform.stop();
  return {
    name: 'simulator, submits answered',
    measured: thousands(perSecond),
    ratio: `${times(perSecond / pool.perSecond)} of what the pool sends`,
  };
}

function print(rows: readonly Row[]): void {
  const cells = rows.map(({ name, measured, ratio = '', aim = '', reached }) => [
    name,
    measured,
    ratio,
    aim,
    reached === undefined ? '' : reached ? 'reached' : 'missed',
  ]);
  const lines = [['', 'measured', 'ratio', 'aim', ''], ...cells];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}

async function main(): Promise<void> {
  const responder: Service<number> = await serve('responder');
  const { library, clients } = await measureClients(responder.info, CLIENTS, false);
  const shared = await redisRows(responder.info);
  responder.stop();
  const reporter: Service<number> = await serve('responder', { receipts: true });
  const reported = await measureClients(reporter.info, RECEIPT_CLIENTS, true);
  reporter.stop();
  // The first two leave the machine idle nearly all the time: side by side they do not disturb each other.
  const [slow, recovery] = await Promise.all([contractRow(50), recoveryRow()]);
  const timed = [slow, await contractRow(1000), recovery];
  const stored = [await latencyRow(), ...(await waitingRows())];
  print([
    loadRow('plain smpp library', library),
    ...clientRows(CLIENTS, clients),
    loadRow('plain smpp library, a receipt each', reported.library),
    ...clientRows(RECEIPT_CLIENTS, reported.clients),
    ...(await codecRows()),
    ...timed,
    ...stored,
    ...shared,
    await simulatorRow(clients[0]!),
  ]);
}

main().catch((error: unknown) => {
  console.error(error);
  // Not just the code: the servers it started end with it.
  process.exit(1);
});
