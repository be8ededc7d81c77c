import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Each measurement has a process of its own, so that none runs on the garbage and the compiled code of another. */
function start(script: string, options: unknown): ChildProcess {
  return fork(join(__dirname, `${script}.ts`), [JSON.stringify(options)], {
    execArgv: [...profiler(script), '--expose-gc', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** BENCH_PROFILE=pool leaves a CPU profile of that script's processes in the working directory. */
function profiler(script: string): string[] {
  return process.env.BENCH_PROFILE === script ? ['--cpu-prof'] : [];
}

function report<T>(child: ChildProcess, script: string): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      resolve(message as T);
    });
    child.once('exit', (code) => {
      reject(new Error(`bench/${script}.ts ended with ${String(code)} before it reported`));
    });
  });
}

/** Runs a script of this folder to its end; resolves with what it reports. */
export async function measure<T>(script: string, options: unknown = {}): Promise<T> {
  const child = start(script, options);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const result = await report<T>(child, script);
  await ended;
  return result;
}

export interface Service<T> {
  readonly info: T;
  stop(): void;
}

/** Starts a script of this folder that serves until it is stopped; resolves with what it reports. */
export async function serve<T>(script: string, options: unknown = {}): Promise<Service<T>> {
  const child = start(script, options);
  const info = await report<T>(child, script);
  return {
    info,
    stop: () => {
      child.kill();
    },
  };
}

// The other side: in the child.

// It ends with the one who asked; until then this listener keeps it alive, as a pool's timers do not.
process.on('disconnect', () => process.exit());

const load = createRequire(__filename);

/** A module as it is shipped: what is measured is the build, not the sources. `path` is that of its source, without its ending. */
export function built<T>(path: string): T {
  return load(join('../dist', path)) as T;
}

export function childOptions<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Ends the process: what was measured may hold sockets and timers. */
export function finish(result: unknown): void {
  process.send!(result, () => process.exit(0));
}

export function ready(info: unknown): void {
  process.send!(info);
}

/** Ends the process with the reason on stderr. */
export function run(work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
