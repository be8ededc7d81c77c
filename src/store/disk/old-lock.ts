import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The lock of the version before: a file with pid, boot and start of its process. It is respected where that process can be told to
 * live still, else removed.
 * @returns the pid
 */
export function oldHolder(folder: string): string | null {
  const path = join(folder, 'lock');
  const [pid = '', boot = '', start = ''] = read(path).split(' ');
  if (isAlive(pid, boot, start)) return pid;
  rmSync(path, { force: true });
  return null;
}

function isAlive(pid: string, boot: string, start: string): boolean {
  // In a container every process may be number 7.
  if (!(Number(pid) > 0) || Number(pid) === process.pid || boot !== read('/proc/sys/kernel/random/boot_id').trim())
    return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/** When a process started, in clock ticks: tells it from a later one of the same pid. Empty where there is no /proc. */
function startOf(pid: string): string {
  // After the name, which is in brackets and may hold anything, the start is field 22 of the whole.
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? '';
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
