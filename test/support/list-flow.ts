import type { Flow } from './node-red';

/**
 * A smpp-send whose output has two wires, with a Catch and a Complete node: each of them may copy what leaves.
 * @param counter type of the nodes that these lead to; their names say what they count
 */
export function listFlow(pool: Flow, counter: string, more: readonly Flow[] = []): Flow[] {
  const count = (name: string): Flow => ({ id: name, name, type: counter, wires: [] });
  const nodes: Flow[] = [
    ...['out', 'second', 'caught', 'completed'].map(count),
    { id: 'catch', type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
    { id: 'complete', type: 'complete', scope: ['send'], uncaught: false, wires: [['completed']] },
    { id: 'send', type: 'smpp-send', pool: 'pool', receipt: 'none', wires: [['out', 'second'], []] },
    ...more,
  ];
  return [{ id: 'tab', type: 'tab', label: 'flow' }, pool, ...nodes.map((node) => ({ ...node, z: 'tab', x: 0, y: 0 }))];
}
