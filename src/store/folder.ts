import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { SmppError } from '../errors';

/** Folders this process has open. */
const open = new Set<string>();

const LOCK = 'lock';

/**
 * Makes the folder and takes it for this process alone.
 * @returns what gives it back
 * @throws {SmppError} SMPP_STORE_LOCKED while somebody else has it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, LOCK);
  if (open.has(folder)) throw locked(folder, process.pid);
  for (;;) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${String(process.pid)} ${startOf(process.pid)}`);
      closeSync(file);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [pid = 0, start = ''] = readLock(path);
      if (pid !== process.pid && isAlive(pid) && startOf(pid) === start) throw locked(folder, pid);
      // Left behind by a process that was killed.
      unlinkSync(path);
    }
  }
  open.add(folder);
  return () => {
    open.delete(folder);
    try {
      unlinkSync(path);
    } catch {
      // Gone already: somebody has removed the folder.
    }
  };
}

function locked(folder: string, pid: number): SmppError {
  return new SmppError(
    'SMPP_STORE_LOCKED',
    `The store ${folder} is in use by process ${String(pid)}: give each Node-RED its own user directory, or use the redis store`,
  );
}

function readLock(path: string): [pid: number, start: string] | [] {
  try {
    const [pid = '', start = ''] = readFileSync(path, 'utf8').split(' ');
    return [Number(pid), start];
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in the system's own unit: tells it from a later one with the same pid. "" where the system has no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

// The head of an LMDB file: two meta pages, each a page header and then these fields, little-endian.
const MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const HEAD = 160;

/**
 * Why this file cannot be a sound database; null where nothing speaks against it. LMDB maps its file and believes what it reads:
 * opening a truncated or overwritten one ends the whole process, so it must be looked at before.
 */
export function damageOf(path: string): string | null {
  if (!existsSync(path)) return null;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size === 0) return null;
    const first = readMeta(file, 0);
    if (!first) return 'its head is not that of a store';
    const second = readMeta(file, first.pageSize);
    if (!second) return 'its second head is not that of a store';
    const newest = second.transaction > first.transaction ? second : first;
    const needed = (newest.lastPage + 1n) * BigInt(first.pageSize);
    return BigInt(size) < needed ? `it is cut: ${String(size)} of ${String(needed)} octets` : null;
  } finally {
    closeSync(file);
  }
}

function readMeta(file: number, at: number): { pageSize: number; lastPage: bigint; transaction: bigint } | null {
  const head = Buffer.alloc(HEAD);
  if (readSync(file, head, 0, HEAD, at) < HEAD || head.readUInt32LE(MAGIC_AT) !== MAGIC) return null;
  const pageSize = head.readUInt32LE(PAGE_SIZE_AT);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return null;
  return { pageSize, lastPage: head.readBigUInt64LE(LAST_PAGE_AT), transaction: head.readBigUInt64LE(TRANSACTION_AT) };
}

/** Puts a damaged file out of the way, under a name that says when. @returns that name */
export function setAside(path: string, time: Date): string {
  const aside = `${path}.damaged-${time.toISOString().replaceAll(':', '-')}`;
  renameSync(path, aside);
  return aside;
}
