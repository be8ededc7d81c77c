import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Node, NodeMessage } from 'node-red';
import { Inputs } from '../../../nodes/send/inputs';
import type { Outcome } from '../../../src/store/outcome';

/** A node that writes down what becomes of its inputs. */
class FakeNode {
  readonly calls: [string, ...unknown[]][] = [];
  readonly asNode = {
    send: (what: unknown) => this.calls.push(['send', what]),
    error: (error: Error, msg: unknown) => this.calls.push(['error', error.message, msg]),
    _complete: (msg: unknown, error?: Error) => this.calls.push(['complete', msg, error?.message]),
  } as unknown as Node;

  open(inputs: Inputs, msg: NodeMessage) {
    return inputs.open(
      msg,
      (what) => this.calls.push(['given send', what]),
      (error) => this.calls.push(['done', msg, error?.message]),
    );
  }
}

function outcome(msg: object, recipient?: Outcome['recipient']): Outcome {
  return { msg, ...(recipient && { recipient }) } as Outcome;
}

describe('the inputs of a smpp-send', () => {
  let node: FakeNode;
  let inputs: Inputs;
  const refused = new Error('refused');
  const msg = { _msgid: 'a', payload: 'text' } as NodeMessage;
  const readBack = { ...msg };

  beforeEach(() => {
    node = new FakeNode();
    inputs = new Inputs(node.asNode);
  });

  it('are counted by their recipients, and known by the ids of their messages once', () => {
    const input = node.open(inputs, msg);
    inputs.expect('1', input);
    inputs.expect('2', input);
    assert.equal(inputs.size, 2);
    assert.equal(inputs.settled('1'), input);
    assert.equal(inputs.settled('1'), undefined);
    assert.equal(inputs.size, 1);
  });

  describe('end by what Node-RED gave with the message', () => {
    it('where it is the same object', () => {
      const input = node.open(inputs, msg);
      inputs.send(msg, msg);
      inputs.complete(input, outcome(msg), msg);
      assert.deepEqual(node.calls, [
        ['given send', msg],
        ['done', msg, undefined],
      ]);
    });

    it('with the error of the only recipient', () => {
      node.open(inputs, msg);
      inputs.fail({ msg }, msg, refused);
      assert.deepEqual(node.calls, [['done', msg, 'refused']]);
    });
  });

  describe('end by the node itself, once,', () => {
    it('where the message was read back from the disk', () => {
      const input = node.open(inputs, msg);
      inputs.send(readBack, readBack);
      inputs.complete(input, outcome(readBack), readBack);
      inputs.fail({ msg: readBack }, readBack, refused);
      assert.deepEqual(node.calls, [
        ['send', readBack],
        ['complete', readBack, undefined],
        ['complete', readBack, 'refused'],
      ]);
    });

    it('where a copy fails in place of a message to which nothing can be added', () => {
      const frozen = Object.freeze({ ...msg });
      node.open(inputs, frozen);
      inputs.fail({ msg: frozen }, { ...frozen, smpp: {} } as NodeMessage, refused);
      assert.deepEqual(node.calls, [['complete', { ...frozen, smpp: {} }, 'refused']]);
    });

    it('where one message came twice', () => {
      const both = [node.open(inputs, msg), node.open(inputs, msg)];
      for (const input of both) inputs.complete(input, outcome(msg), msg);
      assert.deepEqual(node.calls, [
        ['done', msg, undefined],
        ['complete', msg, undefined],
      ]);
    });

    it('with the whole list, where the last recipient has its own number in its place', () => {
      const input = node.open(inputs, msg);
      input.list = ['1', '2'];
      const own = { topic: '2' };
      const recipient = { list: { path: ['topic'] }, to: '2' };
      inputs.complete(input, outcome({ topic: '' }, recipient), own as NodeMessage);
      assert.deepEqual(node.calls, [['complete', { topic: ['1', '2'] }, undefined]]);
    });

    it('as an error without it, where a Node-RED has no such method', () => {
      delete (node.asNode as { _complete?: unknown })._complete;
      inputs.fail({ msg: readBack }, readBack, refused);
      inputs.complete({ recipients: 1, open: 0, list: undefined }, outcome(readBack), readBack);
      assert.deepEqual(node.calls, [['error', 'refused', readBack]]);
    });
  });

  it('do not keep a message that nobody else has', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const open = (): WeakRef<object> => {
      const large = { payload: 'x'.repeat(1000) } as unknown as NodeMessage;
      inputs.expect('1', node.open(inputs, large));
      return new WeakRef(large);
    };
    const ref = open();
    while (ref.deref()) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    assert.equal(inputs.size, 1);
  });
});
