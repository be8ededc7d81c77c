import assert from 'node:assert/strict';
import { usableStores } from '../../../nodes/pool-lifetime/usable-stores';

describe('the stores that work here', () => {
  const without = (...missing: readonly string[]): readonly string[] =>
    usableStores((name) => {
      if (missing.includes(name)) throw new Error(`no native build of ${name}`);
      return {};
    });

  it('are all where nothing is missing', () => {
    assert.deepEqual(without(), ['memory', 'disk', 'redis']);
  });

  it('are without the disk where lmdb has no binary, and without Redis where its package is not installed', () => {
    assert.deepEqual(without('lmdb'), ['memory', 'redis']);
    assert.deepEqual(without('ioredis'), ['memory', 'disk']);
    assert.deepEqual(without('lmdb', 'ioredis'), ['memory']);
  });

  it('have the disk among them on the machine that tests', () => {
    assert.ok(usableStores().includes('disk'));
  });
});
