import { SmppError } from '../../base/errors';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** SMPP_STORE_FULL for a full disk, SMPP_STORE_FAILED for any other error; an SmppError is returned as it is. */
export function storeError(cause: unknown): SmppError {
  if (cause instanceof SmppError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (FULL.has((cause as NodeJS.ErrnoException | null)?.code ?? '')) {
    return new SmppError('SMPP_STORE_FULL', `The disk of the store is full (${text}). What is stored already is safe`, {
      cause,
    });
  }
  return new SmppError('SMPP_STORE_FAILED', `The store failed: ${text}`, { cause });
}

export function storeClosed(): SmppError {
  return new SmppError('SMPP_STORE_CLOSED', 'The store is closed');
}

/** SMPP_STORE_GONE: the folder or file was removed while it was in use. */
export function storeGone(folder: string): SmppError {
  return new SmppError(
    'SMPP_STORE_GONE',
    `The folder ${folder} of the store, or its file, was removed or replaced while it was in use. Put it back, or deploy the pool ` +
      'anew to begin with what is there',
  );
}

/** SMPP_STORE_VERSION. @param what completes "The store ..." @param layout the layout that this version reads */
export function otherVersion(what: string, layout: number): SmppError {
  return new SmppError(
    'SMPP_STORE_VERSION',
    `The store ${what}, this version of the package reads layout ${String(layout)}. Use the version that wrote it, ` +
      'or move the folder away to begin with an empty store',
  );
}
