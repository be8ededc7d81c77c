import assert from 'node:assert/strict';
import type { Client } from '../../../src/redis/client';
import { checkLayout, checkPersistence, checkVersion } from '../../../src/redis/health';

async function said(info: string, setting: unknown): Promise<string[]> {
  const lines: string[] = [];
  const log = {
    info: (text: string) => lines.push(`info ${text}`),
    warn: (text: string) => lines.push(`warn ${text}`),
    error: (text: string) => lines.push(`error ${text}`),
  };
  await checkPersistence(info, () => Promise.resolve([setting]), log);
  return lines;
}

/** As much of a client as the look at the layout needs. */
function holding(keys: Record<string, string>): Client {
  return {
    type: (key: string) => Promise.resolve(key in keys ? 'string' : 'none'),
    get: (key: string) => Promise.resolve(keys[key] ?? null),
    exists: (key: string) => Promise.resolve(key in keys ? 1 : 0),
    set: (key: string, value: string) => Promise.resolve((keys[key] = value)),
    setnx: (key: string, value: string) => Promise.resolve((keys[key] ??= value)),
  } as unknown as Client;
}

const layout = (keys: Record<string, string>): Promise<void> => checkLayout(holding(keys), (name) => `p:${name}`, 'p');

describe('the health of a Redis', () => {
  it('is said where it may throw messages away, and where it keeps them not at once', async () => {
    assert.deepEqual(await said('aof_enabled:1\r\nmaxmemory_policy:noeviction\r\n', ['appendfsync', 'always']), []);
    assert.match((await said('aof_enabled:1\r\n', ['appendfsync', 'everysec']))[0]!, /^info .*appendfsync everysec/);
    assert.match((await said('aof_enabled:0\r\n', ['save', '']))[0]!, /^warn .*keeps nothing on disk/);
    assert.match((await said('aof_enabled:0\r\n', ['save', '60 1']))[0]!, /^warn .*only now and then/);
    assert.match((await said('aof_enabled:1\r\nmaxmemory_policy:allkeys-lru\r\n', null))[0]!, /^warn .*allkeys-lru/);
  });

  it('says nothing where it may not ask', async () => {
    assert.deepEqual(await said('', new Error('NOPERM')), []);
    assert.deepEqual(await said('aof_enabled:1\r\n', new Error('NOPERM')), []);
  });
});

describe('the layout of the keys', () => {
  it('begins where there is none, and is known again', async () => {
    const keys: Record<string, string> = {};
    await layout(keys);
    assert.equal(Object.keys(keys)[0], 'p:layout');
    await layout(keys);
  });

  it('refuses what another program or version has written', async () => {
    const foreign: Record<string, string>[] = [{ 'p:layout': 'something else' }, { 'p:outbox:meta': '' }];
    for (const keys of foreign) {
      await assert.rejects(layout(keys), { code: 'SMPP_STORE_VERSION' });
    }
  });
});

describe('the version of a Redis', () => {
  it('is refused in words where it is too old', () => {
    assert.throws(() => checkVersion('redis_version:6.2.14\r\n'), {
      code: 'SMPP_STORE_VERSION',
      message: 'Redis 6.2.14 is too old: the redis store needs Redis 7 or later',
    });
    for (const info of ['redis_version:7.0.15\r\n', 'redis_version:8.2.0\r\n', '']) checkVersion(info);
  });
});

describe('the layout of an earlier version', () => {
  it('is refused with the way out while messages wait in it, and replaced once they do not', async () => {
    const keys: Record<string, string> = { 'p:layout': 'smpp-nodes 1', 'p:outbox:wait': 'a list' };
    await assert.rejects(layout(keys), { code: 'SMPP_STORE_VERSION', message: /they are safe.*set the store.*"disk"/ });
    assert.equal(keys['p:layout'], 'smpp-nodes 1');
    delete keys['p:outbox:wait'];
    await layout(keys);
    assert.equal(keys['p:layout'], 'smpp-nodes 2');
  });
});
