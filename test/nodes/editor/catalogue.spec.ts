import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Condition } from '../../../src/pool/health';
import { ROOT, TYPES, catalogue, keysOf, template } from './dialog';

/** Sources that name keys, comments and all. */
const FILES = readdirSync(join(ROOT, 'nodes'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(ts|html)$/.test(file),
);
const read = (file: string): string => readFileSync(join(ROOT, 'nodes', file), 'utf8');
const SOURCES = FILES.map(read).join('\n');
/** Names the ends of some keys: what is wrong with a text, the steps of a connection test. */
const LIBRARY = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
  .join('\n');

/** Of a pool: the status of every node shows them. */
const CONDITIONS = Object.keys({
  up: true,
  degraded: true,
  down: true,
  stopped: true,
  throttled: true,
  connecting: true,
  refused: true,
  quota: true,
} satisfies Record<Condition, true>);

const PLURAL = /_(zero|one|two|few|many|other)$/;
const KEYS = new Set(TYPES.flatMap((type) => keysOf(catalogue(type))).map((key) => key.replace(PLURAL, '')));

/** The runtime of a node names its keys without the type: `say('errors.noPool')`, or `status.${word}`. */
function runtimeNames(type: string): { keys: string[]; words: string[] } {
  const text = FILES.filter((file) => file === `${type}.ts` || /^(pool-lifetime|send|admin)\//.test(file))
    .map(read)
    .join('\n');
  return {
    keys: [...text.matchAll(/['}.]((?:status|errors)\.\w+)['`]/g)].map((match) => `${type}.${match[1]!}`),
    words: [...CONDITIONS, ...Array.from(text.matchAll(/'(\w+)'/g), (match) => match[1]!)].map(
      (word) => `${type}.status.${word}`,
    ),
  };
}

/** Keys written out, and the beginnings of those put together: `smpp-pool.tab.${name}`. */
function named(): { keys: string[]; beginnings: string[] } {
  const found = [...SOURCES.matchAll(/[^/@\w](smpp-[a-z-]+\.[\w.-]+)(\$\{)?/g)];
  const real = found.filter(
    ([, key]) => TYPES.some((type) => key!.startsWith(`${type}.`)) && !/\.(svg|json|html|read|write)$/.test(key!),
  );
  return {
    keys: real.filter((match) => match[2] === undefined).map((match) => match[1]!),
    beginnings: real.filter((match) => match[2] !== undefined).map((match) => match[1]!),
  };
}

describe('the catalogue of English texts', () => {
  it('has every key that dialogs and nodes name', () => {
    assert.deepEqual(
      named().keys.filter((key) => !KEYS.has(key)),
      [],
    );
  });

  it('has every key that the runtime of a node names', () => {
    const own = (type: string): string[] =>
      [...read(`${type}.ts`).matchAll(/'((?:status|errors)\.\w+)'/g)].map((match) => `${type}.${match[1]!}`);
    assert.deepEqual(
      TYPES.flatMap(own).filter((key) => !KEYS.has(key)),
      [],
    );
  });

  it('has keys under every beginning that is put together at run time', () => {
    const missing = named().beginnings.filter((start) => ![...KEYS].some((key) => key.startsWith(start)));
    assert.deepEqual(missing, []);
  });

  it('has no key that nothing names', () => {
    const { keys, beginnings } = named();
    const words = new Set(`${SOURCES}\n${LIBRARY}`.split(/[^\w-]+/));
    const put = (key: string): boolean =>
      beginnings.some(
        (start) =>
          key.startsWith(start) &&
          key
            .slice(start.length)
            .split('.')
            .every((part) => words.has(part)),
      );
    const runtime = new Set(TYPES.flatMap((type) => Object.values(runtimeNames(type)).flat()));
    const unused = [...KEYS].filter((key) => !keys.includes(key) && !put(key) && !runtime.has(key));
    assert.deepEqual(unused, []);
  });

  it('has for every node the words of the pool that its status shows', () => {
    const source = readFileSync(join(ROOT, 'nodes/pool-lifetime/status-line.ts'), 'utf8');
    const words = Array.from(source.matchAll(/(?:fixed|idle)\('\w+', '(\w+)'\)/g), ([, word]) => word!);
    assert.ok(words.includes('storeAway'));
    for (const type of TYPES) {
      for (const word of [...words, ...CONDITIONS]) assert.ok(KEYS.has(`${type}.status.${word}`), `${type} ${word}`);
    }
  });

  it('holds its texts under the name of the type, which is what the templates ask for', () => {
    for (const type of TYPES) assert.deepEqual(Object.keys(catalogue(type)), [type]);
  });

  it('is the only place of words: no label, option or heading of a template has text of its own', () => {
    for (const type of TYPES) {
      const form = /<script type="text\/html"[^>]*>([\s\S]*?)<\/script>/.exec(template(type))![1]!;
      const texts = form.split(/<[^>]*>/).map((text) => text.trim());
      assert.deepEqual(
        texts.filter((text) => text !== '' && !/^(TLS|SMPP) \d\.\d$/.test(text)),
        [],
        type,
      );
    }
  });
});

describe('every form field', () => {
  for (const type of TYPES) {
    it(`of ${type} has a label that names it, and every label a field`, () => {
      const html = template(type);
      const labelled = [...html.matchAll(/<label[^>]*\sfor="([^"]+)"/g)].map((match) => match[1]!);
      const fields = [...html.matchAll(/<(input|select|textarea)[^>]*\sid="([^"]+)"[^>]*/g)]
        .filter(([tag]) => !tag.includes('type="hidden"'))
        .map((match) => match[2]!);
      assert.ok(fields.length > 2);
      assert.deepEqual(fields.toSorted(), labelled.toSorted());
    });
  }
});

describe('the help of each node', () => {
  for (const type of TYPES) {
    const help = (): string => readFileSync(join(ROOT, 'nodes/locales/en-US', `${type}.md`), 'utf8');

    it(`${type}: begins with one sentence, for the palette's tooltip`, () => {
      assert.match(help(), /^[A-Z][^\n]{20,140}\.\n\n/);
    });

    it(`${type}: has its sections in the order of the core nodes, with an example`, () => {
      const expected = ['### Inputs', '### Outputs', '### Details', '### References'];
      const sections = help().match(/^### .*$/gm);
      assert.deepEqual(sections, type === 'smpp-dlr-in' ? expected.slice(1) : expected);
      assert.match(help(), /^#### Example$/m);
    });

    it(`${type}: describes properties in the form the editor renders, which ends at a second colon`, () => {
      for (const line of help()
        .split('\n')
        .filter((one) => one.startsWith(':'))) {
        assert.match(line, /^: \*?\w+\*? \([^:)]+\) : [^:]+$/);
      }
    });
  }
});
