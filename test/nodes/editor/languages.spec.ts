import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCALES = join(__dirname, '../../../nodes/locales');
const ORIGINAL = 'en-US';
const LANGUAGES = ['de', 'es-ES', 'fr', 'hi', 'ja', 'pt-BR', 'zh-CN'];
/** Characters under a node, the shortest of what the runtime may insert counted in. */
const STATUS_LIMIT = 20;

type Tree = { readonly [key: string]: string | Tree };

function catalogue(language: string, file: string): Map<string, string> {
  const texts = new Map<string, string>();
  const walk = (tree: Tree, path: string): void => {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === 'string') texts.set(`${path}${key}`, value);
      else walk(value, `${path}${key}.`);
    }
  };
  walk(JSON.parse(readFileSync(join(LOCALES, language, file), 'utf8')) as Tree, '');
  return texts;
}

const matches = (text: string, pattern: RegExp): string[] => (text.match(pattern) ?? []).toSorted();
const files = (language: string): string[] => readdirSync(join(LOCALES, language)).toSorted();
const help = (language: string, file: string): string => readFileSync(join(LOCALES, language, file), 'utf8');
/** What the runtime puts in is short: "2", "100". */
const filledIn = (text: string): string => text.replace(/__\w+__/g, '2');

describe('the catalogues', () => {
  it('are there in every language the package promises', () => {
    assert.deepEqual(readdirSync(LOCALES).toSorted(), [...LANGUAGES, ORIGINAL].toSorted());
  });

  for (const language of readdirSync(LOCALES).filter((name) => name !== ORIGINAL)) {
    describe(`in ${language}`, () => {
      it('have the files of the original', () => {
        assert.deepEqual(files(language), files(ORIGINAL));
      });

      for (const file of files(ORIGINAL).filter((name) => name.endsWith('.json'))) {
        it(`${file}: every key, with every placeholder and every tag, and a text for it`, () => {
          const original = catalogue(ORIGINAL, file);
          const texts = catalogue(language, file);
          assert.deepEqual([...texts.keys()].toSorted(), [...original.keys()].toSorted());
          for (const [key, text] of texts) {
            for (const pattern of [/__\w+__/g, /<[^>]*>/g, /\$\{\w+\}/g]) {
              assert.deepEqual(matches(text, pattern), matches(original.get(key)!, pattern), key);
            }
            assert.equal(text.trim() === '', original.get(key)!.trim() === '', `${key} is empty`);
            if (/^[^.]+\.status\./.test(key))
              assert.ok(filledIn(text).length < STATUS_LIMIT, `${key}: "${text}" is too long`);
          }
        });
      }

      for (const file of files(ORIGINAL).filter((name) => name.endsWith('.md'))) {
        it(`${file}: the structure, the names and the examples of the original`, () => {
          const original = help(ORIGINAL, file);
          const text = help(language, file);
          assert.notEqual(text, original, 'it is not translated');
          const headings = (of: string): string[] => (of.match(/^#+ /gm) ?? []).map((marks) => marks.trim());
          assert.deepEqual(headings(text), headings(original));
          const properties = (of: string): string[] =>
            of.match(/^: \*?\w+\*? \([^:)]+\) :/gm)?.map((line) => line.split(' ')[1]!) ?? [];
          assert.deepEqual(properties(text), properties(original));
          for (const line of text.split('\n').filter((one) => one.startsWith(':')))
            assert.match(line, /^: \*?\w+\*? \([^:)]+\) : [^:]+$/, 'the editor renders it up to the second colon');
          assert.deepEqual(matches(text, /`[^`\n]+`/g), matches(original, /`[^`\n]+`/g));
          assert.deepEqual(matches(text, /\]\([^)]+\)/g), matches(original, /\]\([^)]+\)/g));
          const examples = (of: string): number => (of.match(/^ {4}\S/gm) ?? []).length;
          assert.equal(examples(text), examples(original));
        });
      }
    });
  }
});
