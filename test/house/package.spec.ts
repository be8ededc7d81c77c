import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, any>;

/** Octets: half of it is help and words in eight languages. */
const PACKED = 800_000;
const UNPACKED = 3_000_000;

describe('the package', () => {
  it('is small, and holds what it names', () => {
    const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const [{ size, unpackedSize }] = JSON.parse(answer) as [{ size: number; unpackedSize: number }];
    assert.ok(size < PACKED && unpackedSize < UNPACKED, `${size} packed, ${unpackedSize} unpacked`);
  }).timeout(60_000);

  it('runs nothing at installation', () => {
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.ok(!(name in PACKAGE.scripts), name);
  });

  it("follows the rules by which Node-RED's library scores it", () => {
    assert.ok(PACKAGE.keywords.includes('node-red'));
    assert.match(PACKAGE.name, /^@[\w-]+\/node-red-/);
    for (const field of ['license', 'repository', 'bugs', 'homepage', 'description', 'author'])
      assert.ok(PACKAGE[field], field);
    assert.ok(PACKAGE['node-red'].version && PACKAGE.engines.node);
    assert.ok(existsSync(join(ROOT, 'LICENSE')) && existsSync(join(ROOT, 'README.md')));
    assert.ok(readdirSync(join(ROOT, 'examples')).length > 0);
  });

  it('has few dependencies, each of one version', () => {
    const all = { ...PACKAGE.dependencies, ...PACKAGE.optionalDependencies } as Record<string, string>;
    assert.ok(Object.keys(all).length <= 6);
    for (const [name, version] of Object.entries(all)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  });

  it('is built by workflows whose actions are pinned and whose permissions are named', () => {
    const folder = join(ROOT, '.github/workflows');
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8');
      assert.match(text, /^permissions:\n {2}contents: read$/m, file);
      for (const [, action] of text.matchAll(/uses: (\S+)/g)) assert.match(action!, /@[0-9a-f]{40}$/, file);
    }
  });
});
