import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRedisUrl } from '../../src/redis/address';
import { Batcher } from '../../src/redis/batcher';
import { loadModules } from '../../src/redis/modules';
import { fromPlain, toPlain } from '../../src/store/redis/plain';

describe('the address of Redis', () => {
  it('is that of a server, of sentinels or of a cluster', () => {
    const blank = { kind: 'single', master: '', database: 0, tls: false, user: '', password: '' };
    assert.deepEqual(parseRedisUrl('redis://localhost'), { ...blank, hosts: [{ host: 'localhost', port: 6379 }] });
    assert.deepEqual(parseRedisUrl('rediss://user:p%40ss@[::1]:7000/3'), {
      ...blank,
      hosts: [{ host: '::1', port: 7000 }],
      database: 3,
      tls: true,
      user: 'user',
      password: 'p@ss',
    });
    assert.deepEqual(parseRedisUrl('redis-sentinel://one,two:26380/mymaster/2'), {
      ...blank,
      kind: 'sentinel',
      hosts: [
        { host: 'one', port: 26379 },
        { host: 'two', port: 26380 },
      ],
      master: 'mymaster',
      database: 2,
    });
    assert.deepEqual(parseRedisUrl('rediss-cluster://one:7000,two:7001'), {
      ...blank,
      kind: 'cluster',
      tls: true,
      hosts: [
        { host: 'one', port: 7000 },
        { host: 'two', port: 7001 },
      ],
    });
  });

  for (const url of [
    '',
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://one,two',
    'redis://host:0',
    'redis://host:99999',
    'redis://host/name',
    'redis://host/1/2',
    'redis-sentinel://one,two',
    'redis-cluster://one/1',
    'redis://user:sec%ret@host',
  ]) {
    it(`cannot be "${url}", and the error names the field and no secret`, () => {
      assert.throws(
        () => parseRedisUrl(url),
        ({ message }: Error) => message.startsWith('redisUrl: ') && !message.includes('sec%ret'),
      );
    });
  }
});

describe('the packages of the redis store', () => {
  it('are asked for in one sentence where they are missing', () => {
    const missing = (name: string): unknown => {
      throw new Error(`Cannot find module '${name}'`);
    };
    assert.throws(() => loadModules('/data', missing), {
      name: 'SmppError',
      code: 'SMPP_STORE_UNAVAILABLE',
      message: 'The redis store needs one more package: run "npm install ioredis" in /data and restart Node-RED',
    });
  });
});

describe('plain data in Redis', () => {
  it('comes back as it was, with its Buffers and Dates, whatever its keys are', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array().map((octets) => Buffer.from(octets)),
      fc.date({ noInvalidDate: true }),
    );
    const key = fc
      .oneof(fc.constantFrom('$b', '$d', '$$b', '$', 'a'), fc.string())
      .filter((name) => name !== '__proto__');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value')),
        fc.dictionary(key, tie('value'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        assert.deepEqual(fromPlain(JSON.parse(JSON.stringify(toPlain(given)))), given);
      }),
    );
  });
});

describe('what is gathered', () => {
  it('is done together, at most so many at once, and one lot after the other', async () => {
    const lots: number[][] = [];
    let under = 0;
    const gathered = new Batcher<number, number>(3, async (values) => {
      assert.equal(++under, 1);
      lots.push([...values]);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
      return values.map((value) => value * 2);
    });
    const results = await Promise.all([1, 2, 3, 4].map((value) => gathered.add(value)));
    assert.deepEqual(results, [2, 4, 6, 8]);
    assert.deepEqual(lots, [[1, 2, 3], [4]]);
  });

  it('fails together, and goes on', async () => {
    const gathered = new Batcher<number, number>(2, (values) =>
      values.includes(1) ? Promise.reject(new Error('no')) : Promise.resolve(values),
    );
    const results = await Promise.allSettled([1, 2, 3].map((value) => gathered.add(value)));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
    await gathered.idle();
  });
});
