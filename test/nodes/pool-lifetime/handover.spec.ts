import assert from 'node:assert/strict';
import type { Node, NodeAPI } from 'node-red';
import { handover } from '../../../nodes/pool-lifetime/handover';

describe('a message that is handed on', () => {
  /** A runtime with these nodes; a deploy replaces some of them. */
  function runtime(...ids: string[]) {
    const nodes = new Map<string, object>(ids.map((id) => [id, {}]));
    const RED = { nodes: { getNode: (id: string) => nodes.get(id) ?? null } } as unknown as NodeAPI;
    return { RED, replace: (id: string) => nodes.set(id, {}), remove: (id: string) => nodes.delete(id) };
  }

  const node = (...wires: string[][]): Node => ({ wires }) as unknown as Node;

  it('need not be asked for where nothing is wired to that output', () => {
    const { RED } = runtime('a');
    assert.equal(handover(RED, node([]), 0), undefined);
    assert.equal(handover(RED, node(['a']), 1), undefined);
  });

  it('has arrived where the node that is wired is still the same', () => {
    const { RED, replace } = runtime('a', 'b');
    const arrived = handover(RED, node(['b'], ['a']), 1)!;
    replace('b');
    assert.equal(arrived(), true);
  });

  it('has not where a deploy has replaced or removed it', () => {
    const { RED, replace, remove } = runtime('a', 'b');
    const [toA, toB] = [handover(RED, node(['a']), 0)!, handover(RED, node(['b']), 0)!];
    replace('a');
    remove('b');
    assert.deepEqual([toA(), toB()], [false, false]);
  });

  it('has arrived where one of several is still the same', () => {
    const { RED, replace } = runtime('a', 'b');
    const arrived = handover(RED, node(['a', 'b']), 0)!;
    replace('a');
    assert.equal(arrived(), true);
    replace('b');
    assert.equal(arrived(), false);
  });
});
