import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LAYOUT } from './layout';
import { otherVersion } from './store-error';

/**
 * Reads every record of every database, and the messages in the rows of the outbox; a destroyed page may just look like one
 * without records. Says only where it failed: an error of the decoder may quote what it could not read.
 */
const READ_ALL = `
const [, lmdb, path] = process.argv;
const root = require(lmdb).open({ path, readOnly: true, maxDbs: 64 });
let place = 'the list of its tables';
const check = () => {
  for (const name of [...root.getKeys()]) {
    place = 'a record of "' + name + '"';
    const db = root.openDB(name, { keyEncoding: 'binary' });
    let count = 0;
    for (const { value } of db.getRange()) {
      count += 1;
      if (name !== 'rows') continue;
      const [heads, records] = value;
      for (let at = 3, from = 0; at < heads.length; from = heads[at], at += 4) {
        if (heads[at] > from && !Array.isArray(db.encoder.decode(records.subarray(from, heads[at])))) throw 0;
      }
    }
    const { entryCount } = db.getStats();
    place = '"' + name + '" has ' + count + ' records instead of ' + entryCount;
    if (count !== entryCount) throw 0;
  }
};
try { check(); } catch { process.stderr.write('<' + place + '>'); process.exitCode = 1; }`;

/** The names of our tables alone: another may be what a destroyed page makes of a number or a text. */
const PLACE =
  /<(the list of its tables|(?:a record of )?"(?:state|rows|states|progress|outcomes|remembered|expiring|falling due|parked|partials)"(?: has \d+ records instead of \d+)?)>/;

/**
 * What is wrong with the file, in words that quote nothing of it; null where nothing is. LMDB trusts what it maps: a damaged file
 * ends the process that reads it, not with an error, but with a signal. So a process of its own reads it first, unless it is as the
 * last close left it.
 * @throws {SmppError} SMPP_STORE_VERSION
 */
export async function damageOf(path: string): Promise<string | null> {
  if (!existsSync(path) || isClean(path)) return null;
  if (statSync(path).size === 0) return 'it is empty';
  try {
    await promisify(execFile)(process.execPath, ['-e', READ_ALL, require.resolve('lmdb'), path], {
      env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
    });
    return null;
  } catch (error) {
    const { signal, stderr = '', code } = error as { signal?: string; stderr?: string; code?: number | string };
    // A system that lets no process be started cannot be asked.
    if (typeof code === 'string') return null;
    if (stderr.includes('MDB_VERSION_MISMATCH')) throw otherVersion('was written by another version of LMDB', LAYOUT);
    if (signal) return `reading it ends with ${signal}`;
    const place = PLACE.exec(stderr)?.[1];
    const lmdb = /\bMDB_[A-Z_]+\b/.exec(stderr)?.[0];
    return place ? `unreadable: ${place}` : (lmdb ?? 'it cannot be read');
  }
}

/** Under another name, so that an empty one can be begun. @returns that name */
export function setAside(path: string): string {
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  renameSync(path, aside);
  rmSync(`${path}-lock`, { force: true });
  return aside;
}

/** Of a file that was closed well: it is not read again before it is opened. */
export function noteClean(path: string): void {
  try {
    writeFileSync(noteOf(path), fingerprint(path));
  } catch {
    // What a full disk has no room for costs only the time of the check.
    forgetClean(path);
  }
}

export function forgetClean(path: string): void {
  rmSync(noteOf(path), { force: true });
}

function isClean(path: string): boolean {
  try {
    return readFileSync(noteOf(path), 'utf8') === fingerprint(path);
  } catch {
    return false;
  }
}

function fingerprint(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${String(size)} ${String(mtimeMs)}`;
}

function noteOf(path: string): string {
  return join(dirname(path), 'clean');
}
