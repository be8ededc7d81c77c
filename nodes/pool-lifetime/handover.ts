import type { Node, NodeAPI } from 'node-red';
import type { Handover } from '../../src/pool/listeners';

/**
 * To be called right after a node has sent on this output. Node-RED hands a message on by a setImmediate of that moment, to the
 * instance that was wired when it was sent; where a deploy has stopped that one by then, the message is gone without a word.
 * It counts as arrived where one of several has it.
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
