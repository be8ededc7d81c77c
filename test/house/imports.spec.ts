import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../..');

/** What the files of a folder may import, beside each other; the deepest folder that a file is in counts. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  nodes: [
    'src/pool',
    'src/history',
    'src/store',
    'src/account',
    'src/receipt',
    'src/dlt',
    'src/message',
    'src/smpp',
    'src/base',
    'src/redis',
  ],
  'src/pool': [
    'src/account',
    'src/history',
    'src/store',
    'src/receipt',
    'src/message',
    'src/smpp',
    'src/base',
    'src/redis',
  ],
  'src/account': ['src/redis', 'src/base'],
  'src/store': ['src/history', 'src/redis', 'src/receipt', 'src/message', 'src/base'],
  'src/history': ['src/receipt', 'src/message', 'src/base'],
  'src/redis': ['src/base'],
  'src/receipt': ['src/message', 'src/smpp', 'src/base'],
  'src/dlt': ['src/message', 'src/base'],
  'src/message': ['src/smpp', 'src/base'],
  'src/smpp': ['src/base'],
  'src/base': [],
  'src/simulator': ['src/base'],
};
/** The simulator and the client check each other: of our protocol code it may use what all of SMPP has in common. */
const SHARED_WITH_THE_SIMULATOR = ['src/smpp/framing.ts', 'src/smpp/library.ts'];

/** Files in a folder of the repository, as paths from its root. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file));
}

/** What a file imports of this repository, types included. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .flatMap((name) => {
      const target = resolve(ROOT, dirname(file), name);
      const found = [target, `${target}.ts`, `${target}.d.ts`].find((path) => /\.\w+$/.test(path) && existsSync(path));
      return found?.endsWith('.ts') ? [relative(ROOT, found)] : [];
    });
}

function roomOf(file: string): string | undefined {
  return Object.keys(MAY_USE).find((folder) => file.startsWith(`${folder}/`));
}

/** Files that lead back to themselves, each circle once. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (file: string): void => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    way.push(file);
    for (const next of graph.get(file) ?? []) walk(next);
    way.pop();
    done.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return circles;
}

const FILES = ['src', 'nodes', 'test', 'bench', 'scripts'].flatMap(sources);
const GRAPH = new Map(FILES.map((file) => [file, importsOf(file)] as const));

describe('an import', () => {
  it('points down in the house', () => {
    const wrong = FILES.flatMap((file) => {
      const room = roomOf(file);
      if (!room) return [];
      return GRAPH.get(file)!
        .filter((target) => {
          const other = roomOf(target);
          if (other === room) return false;
          if (room === 'src/simulator' && SHARED_WITH_THE_SIMULATOR.includes(target)) return false;
          return !other || !MAY_USE[room]!.includes(other);
        })
        .map((target) => `${file} → ${target}`);
    });
    assert.deepEqual(wrong, []);
  });

  it('never leads in a circle, types included', () => {
    assert.deepEqual(
      circlesIn(GRAPH).map((circle) => circle.join(' → ')),
      [],
    );
  });

  it('of Node-RED comes from nodes alone', () => {
    const own = FILES.filter((file) => file.startsWith('src/'));
    const wrong = own.filter((file) =>
      /from 'node-red|require\('node-red/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    assert.deepEqual(wrong, []);
  });

  it('of the codec library is in one file', () => {
    const own = FILES.filter((file) => file.startsWith('src/') || file.startsWith('nodes/'));
    const importers = own.filter((file) => /from 'smpp'/.test(readFileSync(join(ROOT, file), 'utf8')));
    assert.deepEqual(importers, ['src/smpp/library.ts']);
  });

  it('is found in every folder: no file lies loose', () => {
    assert.deepEqual(
      FILES.filter((file) => file.startsWith('src/') && !roomOf(file)),
      [],
    );
    assert.ok(!existsSync(join(ROOT, 'nodes/lib')));
  });

  it('that would be a circle is told', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', []],
    ]);
    assert.deepEqual(circlesIn(graph), [['a', 'b', 'c', 'a']]);
  });
});
