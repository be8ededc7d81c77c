import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LAYOUT, NAMES } from './layout';
import { otherVersion } from './store-error';

/**
 * Reads every record of every database, and the messages in the rows of the outbox. Records are also counted, because a
 * destroyed page may look like one without records. Prints only where it failed: an error of the decoder may quote a
 * message's text.
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

/** Matches places with names of our tables only: any other name may be a text that a destroyed page shows as a name. */
const PLACE = new RegExp(
  `<(the list of its tables|(?:a record of )?"(?:${Object.values(NAMES).join('|')})"(?: has \\d+ records instead of \\d+)?)>`,
);

/**
 * What is wrong with the file, in words that quote nothing of it; null where nothing is. LMDB trusts what it maps, so a
 * damaged file ends the process that reads it with a signal instead of an error. Another process therefore reads it
 * first, unless the file is as the last close left it.
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
    // A string is the code of a process that could not be started: then the file cannot be checked.
    if (typeof code === 'string') return null;
    if (stderr.includes('MDB_VERSION_MISMATCH')) throw otherVersion('was written by another version of LMDB', LAYOUT);
    if (signal) return `reading it ends with ${signal}`;
    const place = PLACE.exec(stderr)?.[1];
    const lmdb = /\bMDB_[A-Z_]+\b/.exec(stderr)?.[0];
    return place ? `unreadable: ${place}` : (lmdb ?? 'it cannot be read');
  }
}

/** Renames a damaged file, so that an empty one can be begun. @returns the new path */
export function setAside(path: string): string {
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  renameSync(path, aside);
  rmSync(`${path}-lock`, { force: true });
  return aside;
}

/** Notes that the file was closed well: `damageOf` then skips the check, as long as the file does not change. */
export function noteClean(path: string): void {
  try {
    writeFileSync(noteOf(path), fingerprint(path));
  } catch {
    // Without the note, which a full disk may have no room for, the next start only takes the time of the check.
    forgetClean(path);
  }
}

/** Removes the note of `noteClean`; to be called before the file is opened. */
export function forgetClean(path: string): void {
  rmSync(noteOf(path), { force: true });
}

/** True where the file is as the last `noteClean` left it. */
export function isClean(path: string): boolean {
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
