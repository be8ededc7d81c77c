import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { field, reader, type Field } from '../../../nodes/send/evaluate';
import { InvalidInputError } from '../../../src/base/errors';

const { util } = createRequire(__filename)('@node-red/util') as { util: object };
const RED = { util } as unknown as NodeAPI;

/** A node whose flow has the context `kept` and no environment but that of the process. */
const kept = new Map<string, unknown>([['numbers', ['1', '2']]]);
const context = {
  get: (key: string, _store: unknown, callback: (error: null, value: unknown) => void) => {
    callback(null, kept.get(key));
  },
};
const NODE = {
  id: 'send',
  context: () => ({ flow: context, global: context }),
  _flow: { getSetting: (name: string) => process.env[name] },
} as unknown as Node;

function of(value: string, type: string): Field {
  return field(RED, NODE, 'to', value, type);
}

function read(value: string, type: string, msg: object = {}): unknown {
  return of(value, type).read(msg as NodeMessage);
}

describe('a field of smpp-send', () => {
  it('reads a property of the message, at any depth, and in brackets', () => {
    const msg = { topic: 'a', order: { lines: [{ to: 'b' }], 'odd name': 'c' } };
    assert.equal(read('topic', 'msg', msg), 'a');
    assert.equal(read('order.lines[0].to', 'msg', msg), 'b');
    assert.equal(read('order["odd name"]', 'msg', msg), 'c');
  });

  it('is undefined, and no error, where the message has no such property', () => {
    for (const path of ['nothing', 'nothing.at.all', 'order[0].to', 'order..to']) {
      assert.equal(read(path, 'msg', { order: null }), undefined, path);
    }
  });

  it('knows the keys of the property that it reads', () => {
    const msg = {} as NodeMessage;
    assert.deepEqual(of('order.to', 'msg').path!(msg), ['order', 'to']);
    assert.deepEqual(of('order.lines[0]["to"]', 'msg').path!(msg), ['order', 'lines', 0, 'to']);
    assert.equal(of('order..to', 'msg').path!(msg), undefined);
    assert.equal(of('x', 'str').path, undefined);
  });

  it('reads a text as it is', () => {
    assert.equal(read(' ${x} ', 'str'), ' ${x} ');
  });

  it('reads a context, and an expression, by a promise', async () => {
    assert.deepEqual(await read('numbers', 'flow'), ['1', '2']);
    assert.equal(await read('$uppercase(topic)', 'jsonata', { topic: 'ab' }), 'AB');
    assert.deepEqual([of('numbers', 'flow').slow, of('a', 'jsonata').slow, of('a', 'msg').slow], [true, true, false]);
  });

  it('names itself, the type and the reason where an expression cannot be evaluated', async () => {
    for (const words of ['a +', '$uppercase(topic)']) {
      const reading = Promise.resolve(read(words, 'jsonata', { topic: 1 }));
      await assert.rejects(
        reading,
        (error) =>
          error instanceof InvalidInputError && /^to: its jsonata value cannot be evaluated: /.test(error.message),
      );
    }
  });

  it('reads an environment variable once, and names the one that is not set', () => {
    process.env.SMPP_TEST_TO = '123';
    const one = of('SMPP_TEST_TO', 'env');
    delete process.env.SMPP_TEST_TO;
    assert.equal(one.read({} as NodeMessage), '123');
    assert.throws(() => read('SMPP_TEST_NONE', 'env'), /^to: the environment variable SMPP_TEST_NONE is not set/);
    assert.throws(() => read('a ${SMPP_TEST_NONE}', 'env'), /SMPP_TEST_NONE is not set/);
  });

  it('says in words where it looks', () => {
    const places = [
      ['topic', 'msg'],
      ['msg.topic', 'msg'],
      ['x', 'str'],
      ['HOST', 'env'],
      ['#:(disk)::numbers', 'flow'],
      ['a'.repeat(50), 'jsonata'],
    ].map(([value, type]) => of(value!, type!).place);
    assert.deepEqual(places, [
      'msg.topic',
      'msg.topic',
      "the node's own text",
      'environment HOST',
      'flow.numbers',
      `JSONata ${'a'.repeat(40)}…`,
    ]);
  });

  describe('read with others', () => {
    it('makes no promise where none of them is slow', () => {
      assert.deepEqual(reader([of('topic', 'msg'), of('x', 'str')])({ topic: 'a' } as NodeMessage), ['a', 'x']);
    });

    it('waits for those that are', async () => {
      const values = reader([of('topic', 'msg'), of('numbers', 'global')])({ topic: 'a' } as NodeMessage);
      assert.ok(values instanceof Promise);
      assert.deepEqual(await values, ['a', ['1', '2']]);
    });
  });
});
