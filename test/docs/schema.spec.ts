import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guide, schema } from '../../scripts/schema';
import { defaultSettings } from '../../src/pool/settings-table';

const ROOT = join(__dirname, '../..');

describe('the schema and llms.txt', () => {
  it('are what the code makes of them (else: npm run docs)', () => {
    const file = readFileSync(join(ROOT, 'docs/node-red-smpp.schema.json'), 'utf8');
    // The order and the blanks are those of the formatter.
    assert.deepEqual(JSON.parse(file), JSON.parse(schema()));
    assert.equal(readFileSync(join(ROOT, 'llms.txt'), 'utf8'), guide());
  });

  it('name every setting of a pool, and pages that are there', () => {
    const { $defs } = JSON.parse(schema()) as { $defs: Record<string, { properties: object }> };
    const { properties } = $defs['smpp-pool']!;
    for (const name of Object.keys(defaultSettings())) assert.ok(name in properties, name);
    for (const [, path] of guide().matchAll(/\]\(([^)]+)\)/g)) assert.ok(existsSync(join(ROOT, path!)), path);
  });
});
