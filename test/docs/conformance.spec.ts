import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

describe('docs/conformance.md', () => {
  const page = readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| (?!---)/.test(line));

  it('names for every line a test that is there, but for what is not supported', () => {
    const claims = rows.filter((row) => !/\| test \|$/.test(row));
    assert.ok(claims.length > 50, String(claims.length));
    for (const row of claims) {
      const [, path] = /`(test\/[\w/.-]+\.spec\.ts)` \|$/.exec(row) ?? [];
      if (path === undefined) assert.match(row, /\| no: /, row);
      else assert.ok(existsSync(join(ROOT, path)), row);
    }
  });
});
