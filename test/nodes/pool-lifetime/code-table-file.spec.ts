import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeTableOf } from '../../../nodes/pool-lifetime/code-table-file';
import { GUIDE_TABLE } from '../../../src/receipt/code-table';

describe("A pool's table of delivery codes", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'codes-'));
    writeFileSync(join(folder, 'codes.csv'), 'number,group,description\n900,policy,Not today');
    writeFileSync(join(folder, 'wrong.csv'), 'number,group\n900,nonsense');
    writeFileSync(join(folder, 'large.json'), '[');
    truncateSync(join(folder, 'large.json'), 5_000_000);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('comes by its name, or from a file beside the settings', () => {
    assert.equal(codeTableOf('guide', folder).codes, GUIDE_TABLE);
    for (const path of ['codes.csv', join(folder, 'codes.csv')]) {
      const { codes, failure } = codeTableOf(path, folder);
      assert.equal(failure, null);
      assert.equal(codes.byNumber('900')?.description, 'Not today');
      assert.equal(codes.rows.length, 64);
    }
  });

  it('is the guide’s where the file is of no use, with an error that says which file and why', () => {
    const reasons = {
      'none.csv': /none\.csv: ENOENT/,
      'wrong.csv': /wrong\.csv: row 1: group "nonsense" is not known/,
      'large.json': /large\.json: it has more than 4000000 octets/,
      '.': /it is no file|EISDIR/,
    };
    for (const [path, reason] of Object.entries(reasons)) {
      const { codes, failure } = codeTableOf(path, folder);
      assert.equal(codes, GUIDE_TABLE);
      assert.equal(failure?.code, 'SMPP_CODE_TABLE');
      assert.match(failure.message, reason);
      assert.match(failure.message, /^codeTable: .*; the guide's codes are used meanwhile$/);
    }
  });
});
