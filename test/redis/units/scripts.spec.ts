import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_TYPES } from '../../../src/store/redis/keys';
import { SCRIPTS } from '../../../src/store/redis/scripts';

const FOLDER = join(__dirname, '../../../src/store/redis/lua');
/** Files that come before scripts: they take nothing of their own. */
const SHARED = ['check', 'lanes', 'sent-record', 'partial'];

const read = (name: string): string => readFileSync(join(FOLDER, `${name}.lua`), 'utf8');
const names = readdirSync(FOLDER).map((file) => file.replace('.lua', ''));

describe('the scripts of the redis store', () => {
  it('say at their head which keys they take and what they return', () => {
    for (const name of names.filter((file) => !SHARED.includes(file))) {
      const head = /^(?:--.*\n)+/.exec(read(name))?.[0] ?? '';
      assert.match(head, /^-- KEYS: /m, name);
      assert.match(head, /^-- Returns /m, name);
    }
  });

  it('are all in use', () => {
    const whole = Object.values(SCRIPTS).map(({ lua }) => lua);
    for (const name of names)
      assert.ok(
        whole.some((lua) => lua.includes(read(name))),
        name,
      );
  });

  it('touch no key that was not passed to them', () => {
    for (const name of names)
      assert.doesNotMatch(read(name), /redis\.call\('[A-Z]+', *'[^A-Z]|KEYS\[\d+\] *\.\./, name);
  });

  it('check the same types of keys that are mended', () => {
    const table = /local TYPES = \{([^}]*)\}/.exec(read('check'))![1]!;
    const types = Array.from(table.matchAll(/(?:\['([\w-]+)'\]|(\w+)) = '(\w+)'/g), ([, quoted, name, type]) => [
      quoted ?? name,
      type,
    ]);
    assert.deepEqual(Object.fromEntries(types), KEY_TYPES);
  });
});
