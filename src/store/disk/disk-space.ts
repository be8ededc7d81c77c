import { rmSync, statSync } from 'node:fs';
import { open as openFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SmppError } from '../../base/errors';
import { storeError } from './store-error';

/** Room that new messages leave to the changes of those that are there. Octets. */
export const RESERVE = 2 ** 23;
/** The file grows by so much more than is needed at the moment. */
const AHEAD = 2 ** 22;
const ZEROS = Buffer.alloc(2 ** 18);
const PAGE = 4096;

/** What a transaction will write: how many records, of how many octets in all. */
export interface Size {
  readonly records: number;
  readonly octets: number;
}

/**
 * Sees to it that a transaction cannot run out of disk: in lmdb 3.5.6 that corrupts the memory of the process. So room for the
 * file to grow is written ahead, as zeros after its last page, by the rules of the file system and not of lmdb.
 */
export class DiskSpace {
  readonly #path: string;
  readonly #content: () => number;
  /** Octets of the file, all of them on the disk, and of those the ones up to the last page that lmdb ever used. */
  #size: number;
  #used: number;

  /** @param content octets of pages in use, freed ones not counted; costs a look at every database */
  constructor(path: string, used: number, content: () => number) {
    this.#path = path;
    this.#content = content;
    this.#size = statSync(path).size;
    this.#used = used;
  }

  /** After a transaction. @param octets up to the last page that was ever in use */
  noteUsed(octets: number): void {
    this.#used = octets;
  }

  /**
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
 * The most by which a transaction lets the file grow: what is new, and new versions of the pages it goes to: a leaf and its half of
 * a split for each record, but not more than there are; and those of the trees' upper levels.
 * @param content octets in use before
 */
function growthOf({ records, octets }: Size, content: number): number {
  return 2 * octets + Math.min(2 * records * PAGE, content) + 64 * PAGE;
}

/** A first page that does not fit on the disk would be the end of the process. @throws what the file system says */
export async function probe(folder: string): Promise<void> {
  const path = join(folder, 'probe');
  try {
    await writeFile(path, ZEROS);
  } finally {
    rmSync(path, { force: true });
  }
}
