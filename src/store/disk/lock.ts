import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmppError } from '../../base/errors';
import { oldHolder } from './old-lock';

/** Octets of a socket's path that every system takes; Linux takes 108 with the NUL, macOS 104. */
const PATH_LENGTH = 100;
/** Who is seen so often in a row, at moments of chance, is no other process that only tries. */
const SIGHTINGS = 3;
/** Milliseconds between two looks at most. */
const BETWEEN_LOOKS = 60;
const NAME = /^lock-(\d+)-[\w-]+\.sock$/;
/** What a connection to a socket says that nobody listens to. */
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);
/** What a file system says that knows no sockets. */
const NO_SOCKETS = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EPERM', 'ENOSYS', 'EINVAL', 'ENXIO']);

export interface FolderLock {
  /** False where somebody has removed the folder, or the lock. */
  readonly stands: boolean;
  release(): void;
}

/** The names that this process listens to. */
const mine = new Set<string>();

/**
 * Makes the folder and takes it for one store of one process. The lock is a socket in the folder that its holder listens to: whoever
 * sees the folder can ask, in another container too; the kernel ends it with the process, and not before, also where that is stopped.
 * No pid and no time is asked.
 *
 * Each listens to a name of its own and then looks whether anybody else listens. Of two that come at once at least one sees the other,
 * and who sees another withdraws. So a socket that nobody listens to can be removed by anybody: its name never comes again.
 * @param warn told where the lock is seen by less than all who see the folder
 * @throws {SmppError} SMPP_STORE_LOCKED while a living process, or another store of this one, has it
 */
export async function lockFolder(folder: string, warn: (text: string) => void): Promise<FolderLock> {
  // The texts are nobody else's business.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = realpathSync(folder);
  if (process.platform === 'win32') return lockByPipe(folder, path);
  const old = oldHolder(path);
  if (old !== null) throw locked(folder, old);
  try {
    return await lockIn(folder, path);
  } catch (error) {
    if (!NO_SOCKETS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    warn(
      `The file system of ${folder} knows no sockets (${(error as NodeJS.ErrnoException).code!}): other containers and machines do not see ` +
        'that the store is in use. Let no other Node-RED use this folder',
    );
    return lockIn(folder, ofThisMachine(path));
  }
}

/** @param at where the sockets are */
async function lockIn(folder: string, at: string): Promise<FolderLock> {
  let seen: string | null = null;
  for (let sightings = 0; ;) {
    const lock = await listenIn(at);
    const other = await othersIn(at, lock.name);
    if (other === null) return lock;
    lock.release();
    sightings = other === seen ? sightings + 1 : 1;
    seen = other;
    if (sightings === SIGHTINGS) throw locked(folder, NAME.exec(other)![1]!, mine.has(other));
    await sleep(Math.random() * BETWEEN_LOOKS);
  }
}

async function listenIn(folder: string): Promise<FolderLock & { readonly name: string }> {
  const name = `lock-${String(process.pid)}-${randomBytes(9).toString('base64url')}.sock`;
  const path = join(folder, name);
  const server = await throughShortPath(path, listen);
  mine.add(name);
  return {
    name,
    get stands() {
      return existsSync(path);
    },
    release: () => {
      mine.delete(name);
      server.close();
      rmSync(path, { force: true });
    },
  };
}

/** Another one that listens; removes what is left of those that do not any more. */
async function othersIn(folder: string, own: string): Promise<string | null> {
  for (const name of readdirSync(folder).filter((other) => NAME.test(other) && other !== own)) {
    const path = join(folder, name);
    if (await throughShortPath(path, answers)) return name;
    rmSync(path, { force: true });
  }
  return null;
}

/** The kernel answers, whether or not the holder has a moment: a stopped process still holds it. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Whatever else it says, somebody may be there.
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => {
      resolve(!NOBODY.has(code));
    });
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.destroy();
    });
    server.once('error', reject);
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      server.unref();
      resolve(server);
    });
  });
}

/** A socket's path has about a hundred octets: a link in the folder for temporary files stands for a longer one. */
async function throughShortPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= PATH_LENGTH) return use(path);
  const folder = mkdtempSync(join(tmpdir(), 'smpp-'));
  const link = join(folder, 'to');
  try {
    symlinkSync(dirname(path), link);
    return await use(join(link, basename(path)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder for the lock of one whose file system knows no sockets. */
function ofThisMachine(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  const folder = join(tmpdir(), `smpp-store-${String(dev)}-${String(ino)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** A named pipe belongs to one process of the machine, and ends with it. */
async function lockByPipe(folder: string, path: string): Promise<FolderLock> {
  const name = createHash('sha256').update(path.toLowerCase()).digest('hex');
  try {
    const server = await listen(`\\\\.\\pipe\\smpp-store-${name}`);
    return {
      get stands() {
        return existsSync(path);
      },
      release: () => {
        server.close();
      },
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EADDRINUSE' || code === 'EACCES' ? locked(folder, null) : error;
  }
}

function locked(folder: string, pid: string | null, own = false): SmppError {
  const process = pid === null ? 'another process' : `process ${pid}`;
  const who = own
    ? `another pool of this Node-RED (${process})`
    : `${process}, probably a second Node-RED with the same user directory, on this machine or in another container`;
  return new SmppError(
    'SMPP_STORE_LOCKED',
    `The store ${folder} is in use by ${who}. Stop it, or give each its own user directory`,
  );
}
