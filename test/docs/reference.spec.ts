import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from '../../scripts/reference';
import { POOL_SETTINGS } from '../../src/pool/settings-table';

describe('docs/reference.md', () => {
  const page = readFileSync(join(__dirname, '../../docs/reference.md'), 'utf8');

  it('holds the settings table (else: npm run docs)', () => {
    const plain = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---').replace(/\n+/g, '\n');
    assert.equal(plain(withTables(page)), plain(page));
    for (const name of Object.keys(POOL_SETTINGS)) assert.ok(page.includes(`| \`${name}\` `), name);
  });
});
