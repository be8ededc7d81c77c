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
/**
 * A socket seen so many times in a row, at random moments, belongs to a holder and not to another process that is only
 * trying.
 */
const SIGHTINGS = 3;
/** Milliseconds between two tries at most. */
const BETWEEN_LOOKS = 60;
const NAME = /^lock-(\d+)-[\w-]+\.sock$/;
/** Error codes of connecting to a socket that nobody listens to. */
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);
/** Error codes of a file system without sockets. */
const NO_SOCKETS = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EPERM', 'ENOSYS', 'EINVAL', 'ENXIO']);

export interface FolderLock {
  /** False once somebody has removed the folder or the lock. */
  readonly stands: boolean;
  release(): void;
}

/** File names of the sockets that this process listens to. */
const mine = new Set<string>();

/**
 * Makes the folder and locks it for one store of one process. The lock is a socket in the folder that its holder
 * listens to. Every process that sees the folder can connect to it, from another container too. The kernel closes the
 * socket when the process ends, and keeps it while the process is only stopped. So no pid and no time need be compared.
 *
 * Each process listens under a name of its own and then looks for other listeners; one that finds another withdraws. Of
 * two that come at once, at least one sees the other. Names are never used again, so anybody may remove a socket that
 * nobody listens to.
 * @param warn called where some processes that see the folder cannot see the lock
 * @throws {SmppError} SMPP_STORE_LOCKED while a living process, or another store of this one, has it
 */
export async function lockFolder(folder: string, warn: (text: string) => void): Promise<FolderLock> {
  // Other users must not read the texts of messages.
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

/** @param at the folder of the sockets */
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

/** Name of another socket with a listener; null where there is none. Removes sockets without one. */
async function othersIn(folder: string, own: string): Promise<string | null> {
  for (const name of readdirSync(folder).filter((other) => NAME.test(other) && other !== own)) {
    const path = join(folder, name);
    if (await throughShortPath(path, answers)) return name;
    rmSync(path, { force: true });
  }
  return null;
}

/** True where a socket has a listener. The kernel accepts the connection, so a stopped or busy process still counts. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // With any other error, the socket may have a listener.
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

/**
 * Calls `use` with a path short enough for a socket: a longer one goes through a link in the folder for temporary
 * files.
 */
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

/** A folder of this machine's temporary files, for the lock of a store folder whose file system has no sockets. */
function ofThisMachine(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  const folder = join(tmpdir(), `smpp-store-${String(dev)}-${String(ino)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The lock on Windows: a named pipe belongs to one process of the machine, and ends with it. */
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
