import type { Node, NodeAPI } from 'node-red';
import type { Handover } from '../../src/pool/listeners';

/**
 * How to find out whether a message arrives; to be called right after a node has sent it on this output. Node-RED hands
 * a message on in a setImmediate of that moment, to the node instance that was wired when it was sent. A message whose
 * instance was stopped by a deploy meanwhile is lost without a word. With several wires one living instance is enough.
 * @returns undefined where nothing is wired
 */
export function handover(RED: NodeAPI, node: Node, output: number): Handover {
  const wires = (node as unknown as { readonly wires: readonly (readonly string[])[] }).wires[output] ?? [];
  const [first] = wires;
  if (first === undefined) return undefined;
  if (wires.length === 1) {
    const wired = RED.nodes.getNode(first);
    return () => RED.nodes.getNode(first) === wired;
  }
  const wired = wires.map((id) => RED.nodes.getNode(id));
  return () => wires.some((id, index) => RED.nodes.getNode(id) === wired[index]);
}
