import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** Folders of the drawing, as paths from the root. */
function drawn(): string[] {
  const block = /```\n([\s\S]*?)```/.exec(PAGE)![1]!;
  const folders: string[] = [];
  const above: string[] = [];
  for (const [, blanks, name] of block.matchAll(/^( *)([\w-]+)\/ {2,}/gm)) {
    const depth = blanks!.length / 2;
    above.splice(depth, Infinity, name!);
    folders.push(above.join('/'));
  }
  return folders;
}

function foldersBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`${folder}/${name}`, ...foldersBelow(`${folder}/${name}`)]);
}

describe('the architecture page', () => {
  it('draws the folders that there are', () => {
    const there = [...foldersBelow('src'), ...foldersBelow('nodes')].filter(
      (folder) => !folder.startsWith('nodes/locales/'),
    );
    const named = drawn().filter((folder) => folder.includes('/'));
    assert.deepEqual([...named].sort(), there.sort());
  });

  it('says of at least thirty rules in which file each is', () => {
    const rows = [...PAGE.matchAll(/^\| ([^|`]+) \| `([^`]+)` \|$/gm)];
    assert.ok(rows.length >= 30, String(rows.length));
    for (const [, rule, file] of rows) assert.ok(existsSync(join(ROOT, file!)), `${rule!}: ${file!}`);
    assert.equal(new Set(rows.map(([, rule]) => rule)).size, rows.length);
  });

  it('names no other file that is not there', () => {
    for (const [, file] of PAGE.matchAll(/`((?:src|nodes|test|docs|scripts)\/[\w./-]+\.\w+)`/g)) {
      assert.ok(existsSync(join(ROOT, file!)), file);
    }
    for (const [, page] of PAGE.matchAll(/\]\(([\w-]+\.md)\)/g)) assert.ok(existsSync(join(ROOT, 'docs', page!)), page);
  });
});
