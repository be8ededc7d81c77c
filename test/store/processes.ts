import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** `store-process.ts` in a process of its own. */
export function storeCommand(role: string, root: string, journal: string): string[] {
  return [
    process.execPath,
    '--require',
    'tsx/cjs',
    join(__dirname, 'store-process.ts'),
    role,
    join(root, 'pool'),
    journal,
  ];
}

export function storeProcess(role: string, root: string, journal: string): ChildProcess {
  const [command, ...args] = storeCommand(role, root, journal);
  return spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

export async function run([command, ...args]: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command!, args, { env: { ...process.env, ...environment } });
  return stdout;
}

export async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
