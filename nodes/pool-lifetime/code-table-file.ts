import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SmppError } from '../../src/base/errors';
import { MAX_FILE_OCTETS, namedCodeTable, readCodeFile } from '../../src/receipt/code-file';
import { GUIDE_TABLE, type CodeTable } from '../../src/receipt/code-table';

/**
 * The delivery codes that a pool's `codeTable` names. A file that cannot be used is no reason to send nothing: the guide's codes stand
 * in for it, and `failure` says what is wrong.
 * @param userDir relative paths begin here
 */
export function codeTableOf(
  codeTable: string,
  userDir: string,
): { readonly codes: CodeTable; readonly failure: SmppError | null } {
  const named = namedCodeTable(codeTable);
  if (named) return { codes: named, failure: null };
  const path = resolve(userDir, codeTable);
  try {
    return { codes: readCodeFile(textOf(path)), failure: null };
  } catch (error) {
    const message = `codeTable: ${path}: ${(error as Error).message}; the guide's codes are used meanwhile`;
    return { codes: GUIDE_TABLE, failure: new SmppError('SMPP_CODE_TABLE', message) };
  }
}

function textOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > MAX_FILE_OCTETS) throw new Error(`it has more than ${MAX_FILE_OCTETS} octets`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
