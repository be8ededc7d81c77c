import { rmSync, statSync } from 'node:fs';
import { open as openFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SmppError } from '../../base/errors';
import { storeError } from './store-error';

/** Octets that new messages leave free for changes of stored messages. */
export const RESERVE = 2 ** 23;
/** Octets by which the file grows beyond what is needed at the moment. */
const AHEAD = 2 ** 22;
const ZEROS = Buffer.alloc(2 ** 18);
const PAGE = 4096;

/** What a transaction will write: number of records, and octets of all together. */
export interface Size {
  readonly records: number;
  readonly octets: number;
}

/**
 * Makes sure that a transaction cannot run out of disk, which in lmdb 3.5.6 corrupts the memory of the process. Room
 * for the file to grow is written ahead as zeros after its last page: on a full disk that write fails with an ordinary
 * error.
 */
export class DiskSpace {
  readonly #path: string;
  readonly #content: () => number;
  /** Octets of the file; the disk has room for all of them. */
  #size: number;
  /** Octets of the file up to the last page that lmdb ever used. */
  #used: number;

  /** @param content octets of pages in use, freed ones not counted; costs a look at every database */
  constructor(path: string, used: number, content: () => number) {
    this.#path = path;
    this.#content = content;
    this.#size = statSync(path).size;
    this.#used = used;
  }

  /** To be called after a transaction. @param octets of the file up to the last page that was ever in use */
  noteUsed(octets: number): void {
    this.#used = octets;
  }

  /**
   * Makes room for a transaction.
   * @param reserve octets to be left after the transaction; free pages inside the file count
   * @returns why there is no room; null where there is
   */
  async makeRoom(size: Size, reserve: number): Promise<SmppError | null> {
    const needed = this.#used + growthOf(size, Infinity) + reserve;
    if (this.#size >= needed) return null;
    try {
      await this.#extend(needed + AHEAD);
      return null;
    } catch (error) {
      const content = this.#content();
      const growth = growthOf(size, content);
      const room = this.#size - this.#used;
      return growth <= room && growth + reserve <= room + this.#used - content ? null : storeError(error);
    }
  }

  async #extend(size: number): Promise<void> {
    const file = await openFile(this.#path, 'r+');
    try {
      while (this.#size < size) {
        const { bytesWritten } = await file.write(ZEROS, 0, ZEROS.length, this.#size);
        this.#size += bytesWritten;
      }
    } finally {
      await file.close();
    }
  }
}

/**
 * Octets by which a transaction lets the file grow at most. It writes the new records and new versions of the pages
 * they go to: for each record a leaf and its half of a split, but not more pages than there are; and pages of the
 * trees' upper levels.
 * @param content octets in use before
 */
function growthOf({ records, octets }: Size, content: number): number {
  return 2 * octets + Math.min(2 * records * PAGE, content) + 64 * PAGE;
}

/**
 * Tries whether a new store fits on the disk: lmdb ends the process where its first page does not.
 * @throws the file system's error
 */
export async function probe(folder: string): Promise<void> {
  const path = join(folder, 'probe');
  try {
    await writeFile(path, ZEROS);
  } finally {
    rmSync(path, { force: true });
  }
}
