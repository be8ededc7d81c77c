import { SmppError } from '../../../src/base/errors';
import type { FolderLock } from '../../../src/store/disk/lock';
import type { Host } from '../host';
import type { Disk } from './disk';

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { disk, process } = require('world:disk') as { readonly disk: Disk; readonly process: Host };

/** A model of the lock of a store's folder: one store of one living process has it. */
export async function lockFolder(path: string): Promise<FolderLock> {
  const folder = disk.folder(path);
  if (folder.holder && !folder.holder.dead) throw new SmppError('SMPP_STORE_LOCKED', 'the store is in use');
  folder.holder = process;
  return {
    stands: true,
    release: () => {
      if (folder.holder === process) folder.holder = null;
    },
  };
}
