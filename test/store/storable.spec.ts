import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { storable, storableMessage } from '../../src/store/storable';

describe('Storable', () => {
  it('copies JSON values, Buffers and Dates, and shares nothing with them', () => {
    const value = { text: 'x', list: [1, [null, true]], octets: Buffer.from('ab'), when: new Date(7), deep: { a: {} } };
    const copy = storable(value) as typeof value;
    assert.deepEqual(copy, value);
    assert.ok(Buffer.isBuffer(copy.octets));
    copy.octets[0] = 0;
    copy.when.setTime(8);
    copy.list.push(2);
    assert.deepEqual(value, {
      text: 'x',
      list: [1, [null, true]],
      octets: Buffer.from('ab'),
      when: new Date(7),
      deep: { a: {} },
    });
  });

  it('copies every JSON value as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }).filter(hasPlainKeys), (value) => {
        assert.deepEqual(storable(value), value);
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.anything({ withMap: true, withSet: true, withBigInt: true, withTypedArray: true, withSparseArray: true }),
        (value) => {
          storable({ value });
        },
      ),
    );
  });

  it('leaves out what no store could bring back', () => {
    const value = {
      f: () => 1,
      s: Symbol('s'),
      big: 1n,
      map: new Map(),
      set: new Set(),
      socket: new EventEmitter(),
      none: undefined,
      ok: 1,
    };
    assert.deepEqual(storable(value), { ok: 1 });
    assert.deepEqual(storable([() => 1, undefined, 2]), [null, null, 2]);
    assert.equal(
      storable(() => 1),
      undefined,
    );
  });

  it('leaves out an object inside itself, but not one that stands in two places', () => {
    const shared = { n: 1 };
    const value: Record<string, unknown> = { a: shared, b: shared };
    value.self = value;
    value.list = [value, 1];
    assert.deepEqual(storable(value), { a: { n: 1 }, b: { n: 1 }, list: [null, 1] });
  });

  it('takes class instances as their data, errors with their message, others as their toJSON says', () => {
    class Point {
      readonly #secret = 1;
      constructor(readonly x: number) {}
      get sum(): number {
        return this.#secret;
      }
    }
    const error = Object.assign(new RangeError('far'), { code: 'E_FAR' });
    assert.deepEqual(storable({ point: new Point(3), error, url: new URL('http://a.example/b'), bad: new Date(NaN) }), {
      point: { x: 3 },
      error: { name: 'RangeError', message: 'far', code: 'E_FAR' },
      url: 'http://a.example/b',
      bad: null,
    });
  });

  it('takes typed arrays as lists of numbers', () => {
    assert.deepEqual(storable({ a: new Uint8Array([1, 2]), b: new Float32Array([0.5]) }), {
      a: Buffer.of(1, 2),
      b: [0.5],
    });
  });

  it('goes on where a getter, a proxy or a toJSON throws', () => {
    const throws = (): never => {
      throw new Error('no');
    };
    const value = {
      get bad() {
        return throws();
      },
      proxy: new Proxy({}, { ownKeys: throws, getPrototypeOf: throws }),
      json: { toJSON: throws },
      ok: 1,
    };
    assert.deepEqual(storable(value), { ok: 1 });
  });

  it('cannot be made to change a prototype', () => {
    const copy = storable(JSON.parse('{"__proto__": {"admin": true}, "a": 1}')) as Record<string, unknown>;
    assert.equal(copy.admin, undefined);
    assert.deepEqual(copy, { a: 1 });
  });

  it('ends, with what is too deep and too much', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 1000; level++) deep = { deep };
    let wide: unknown = 1;
    for (let level = 0; level < 30; level++) wide = [wide, wide];
    assert.ok(JSON.stringify(storable(deep)).length < 1000);
    assert.ok(JSON.stringify(storable(wide)).length < 10_000_000);
  });
});

describe('What can be stored of a message', () => {
  it('is all of JSON values, Buffers and Dates: nothing is left', () => {
    const msg = { payload: 'x', n: 1, none: null, list: [1, { a: true }], octets: Buffer.of(1), when: new Date(7) };
    assert.deepEqual(storableMessage(msg), { copy: msg, left: null, cut: false });
  });

  it('leaves, property by property, what is not what it was', () => {
    const map = new Map();
    class Point {
      x = 1;
    }
    const msg: Record<string, unknown> = {
      ok: 1,
      call: () => 1,
      deep: { list: [1, 1n] },
      map,
      point: new Point(),
      req: { body: 1 },
      res: { _res: 1 },
    };
    msg.self = { msg };
    const { copy, left, cut } = storableMessage(msg);
    assert.deepEqual(copy, { ok: 1, deep: { list: [1, null] }, point: { x: 1 }, self: {} });
    assert.deepEqual(Object.keys(left!), ['call', 'deep', 'map', 'point', 'req', 'res', 'self']);
    assert.equal(left!.map, map);
    assert.equal(cut, false);
  });

  it('is cut where there is too much, and where it is too deep', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 40; level++) deep = [deep];
    assert.equal(storableMessage({ deep }).cut, true);
    const many = Object.fromEntries(Array.from({ length: 100_001 }, (_, n) => [`k${String(n)}`, n]));
    assert.equal(storableMessage(many).cut, true);
    assert.equal(storableMessage({ list: new Array(99_998).fill(0) }).cut, false);
    assert.equal(storableMessage({ list: new Array(100_000).fill(0) }).cut, true);
  });

  it('never throws, whatever a getter or a proxy does', () => {
    const throws = (): never => {
      throw new Error('no');
    };
    assert.deepEqual(storableMessage(new Proxy({}, { ownKeys: throws })), { copy: {}, left: null, cut: false });
    const { copy } = storableMessage({
      get bad() {
        return throws();
      },
      ok: new Proxy({}, { getPrototypeOf: throws }),
    });
    assert.deepEqual(copy, {});
  });
});

function hasPlainKeys(value: unknown): boolean {
  return !JSON.stringify(value).includes('__proto__');
}
