import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmppError } from '../../base/errors';

/** Locks of this process, by what stands in their files. */
const held = new Set<string>();
/** A lock file without content is being written; one that stays so was left by a process that died over it. */
const EMPTY_FOR_MS = 500;

/**
 * Makes the folder and takes it for one store of one process. A lock left by a killed process is taken over, also where its pid
 * is in use again. (Processes in two containers do not see each other's pids: they must not share a folder.)
 * @returns gives it back
 * @throws {SmppError} SMPP_STORE_LOCKED while a living process, or another store of this one, has it
 */
export async function lockFolder(folder: string): Promise<() => void> {
  // The texts are nobody else's business.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock');
  const mine = `${String(process.pid)} ${bootId()} ${startOf(process.pid)} ${randomUUID()}`;
  while (!create(path, mine)) {
    const holder = await read(path);
    if (holder === null) continue;
    if (isAlive(holder)) throw locked(folder, holder);
    takeAway(path, holder);
  }
  held.add(mine);
  return () => {
    held.delete(mine);
    rmSync(path, { force: true });
  };
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the lock; null where nobody does any more. */
async function read(path: string): Promise<string | null> {
  for (let waited = 0; ; waited += 50) {
    let holder: string;
    try {
      holder = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    if (holder !== '' || waited >= EMPTY_FOR_MS) return holder;
    await sleep(50);
  }
}

/** Removes a dead process's lock, but not one that somebody quicker has put in its place meanwhile. */
function takeAway(path: string, holder: string): void {
  const aside = `${path}-${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readFileSync(aside, 'utf8');
  if (taken !== holder) create(path, taken);
  rmSync(aside);
}

function isAlive(holder: string): boolean {
  if (held.has(holder)) return true;
  const [pid = '', boot = '', start = ''] = holder.split(' ');
  // Our own pid in a lock that is not ours: in a container every process may be number 7.
  if (!(Number(pid) > 0) || Number(pid) === process.pid || boot !== bootId()) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(Number(pid)) === start;
}

/** When a process started, in clock ticks: tells it from a later one of the same pid. Empty where there is no /proc. */
function startOf(pid: number): string {
  // After the name, which is in brackets and may hold anything, the start is field 22 of the whole.
  return (
    readProc(`/proc/${String(pid)}/stat`)
      .split(') ')
      .at(-1)
      ?.split(' ')[19] ?? ''
  );
}

function bootId(): string {
  return readProc('/proc/sys/kernel/random/boot_id').trim();
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function locked(folder: string, holder: string): SmppError {
  const pid = holder.split(' ')[0]!;
  const text =
    Number(pid) === process.pid
      ? `another pool of this Node-RED (process ${pid})`
      : `process ${pid}, probably a second Node-RED with the same user directory`;
  return new SmppError(
    'SMPP_STORE_LOCKED',
    `The store ${folder} is in use by ${text}. Stop it, or give each its own user directory`,
  );
}
