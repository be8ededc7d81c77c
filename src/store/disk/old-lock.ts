import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads the lock of an earlier version: a file with pid, boot id and start time of its process. The file is removed
 * unless that process surely still lives.
 * @returns the pid of the living holder, else null
 */
export function oldHolder(folder: string): string | null {
  const path = join(folder, 'lock');
  const [pid = '', boot = '', start = ''] = read(path).split(' ');
  if (isAlive(pid, boot, start)) return pid;
  rmSync(path, { force: true });
  return null;
}

function isAlive(pid: string, boot: string, start: string): boolean {
  // In containers another Node-RED may have had our own pid: that is no proof of a living holder.
  if (!(Number(pid) > 0) || Number(pid) === process.pid || boot !== read('/proc/sys/kernel/random/boot_id').trim())
    return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/**
 * Start of a process in clock ticks, which tells it from a later process with the same pid. Empty where there is no
 * /proc.
 */
function startOf(pid: string): string {
  // Field 22 of the line. The fields are counted after the name, field 2, which is in brackets and may hold anything.
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? '';
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
