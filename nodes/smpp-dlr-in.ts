import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import type { DeliveryReport, IncomingMessage } from '../src/pool/events';
import type { ReceiptListener } from '../src/pool/listeners';
import { handover } from './pool-lifetime/handover';
import { usePool } from './pool-lifetime/pool-user';
import type { Say } from './pool-lifetime/pool-config';
import type { Status } from './pool-lifetime/status-line';

/** The node in the flow file: any property may be missing, and an environment variable makes a boolean a text. */
interface DlrInDef extends NodeDef {
  readonly pool?: string;
  readonly emit?: string;
  readonly intermediate?: boolean | string;
  readonly unmatched?: boolean | string;
  readonly incoming?: boolean | string;
  readonly scope?: unknown;
}

export default function (RED: NodeAPI): void {
  const say: Say = (key, values) => RED._(`smpp-dlr-in.${key}`, values as Record<string, string>);

  function SmppDlrIn(this: Node, def: DlrInDef): void {
    RED.nodes.createNode(this, def);
    let received = 0;
    const { pool, status, leave } = usePool(RED, this, def.pool, say, (face): Status =>
      received > 0 ? { ...face, text: say('status.received', { count: received }) } : face,
    );
    const detach = pool?.handle.attachReceipts({
      emit: def.emit === 'segment' ? 'segment' : 'message',
      intermediate: String(def.intermediate) === 'true',
      unmatched: String(def.unmatched) !== 'false',
      incoming: String(def.incoming) === 'true',
      hears: hears(RED, this as SubflowNode, def.scope),
      handle: (delivery) => {
        received += 1;
        status.touch();
        const isReport = delivery.kind === 'report';
        this.send(isReport ? reportMessage(RED, delivery) : [null, incomingMessage(delivery)]);
        return handover(RED, this, isReport ? 0 : 1);
      },
    });
    this.on('close', () => {
      detach?.();
      leave();
    });
  }
  RED.nodes.registerType('smpp-dlr-in', SmppDlrIn);
}

/** A node, which has an `_alias` where it is in an instance of a subflow: its id in the subflow's definition. */
type SubflowNode = Node & { readonly _alias?: string };

/**
 * Whose messages' reports a node takes, by its `scope`. A sender that still exists counts as of the flow that it is in
 * now. Reports of a sender that is gone go to the nodes of its old flow.
 * @returns undefined where it takes everybody's
 */
function hears(RED: NodeAPI, node: SubflowNode, scope: unknown): ReceiptListener['hears'] {
  const present = (id: string): SubflowNode | null => {
    const sender = RED.nodes.getNode(id) as SubflowNode | null;
    return sender?.type === 'smpp-send' ? sender : null;
  };
  if (scope === 'flow') return (sender) => (present(sender.node)?.z ?? sender.flow) === node.z;
  const chosen = chosenIds(scope, node);
  return chosen && ((sender) => chosen.has(sender.node) || (!present(sender.node) && sender.flow === node.z));
}

/**
 * The ids of chosen senders. In an instance of a subflow, nodes have other ids than in its definition; and Node-RED
 * gives a list of one id as that id, already as in the instance.
 */
function chosenIds(scope: unknown, { z, _alias: alias }: SubflowNode): ReadonlySet<unknown> | undefined {
  if (typeof scope === 'string' && alias !== undefined && scope.startsWith(`${z}-`)) return new Set([scope]);
  if (!Array.isArray(scope)) return undefined;
  return new Set(alias === undefined ? scope : scope.map((id) => `${z}-${String(id)}`));
}

/** The flow's message for a receipt. It shares no object with another node's message or with the stored one. */
function reportMessage(RED: NodeAPI, report: DeliveryReport): NodeMessage {
  const { state, final, delivered, status, error, description, group, retryable } = report;
  const { messageId, to, from, submittedAt, doneAt, segments, sent } = report;
  const { server, bind, raw, tlvs, matched, warnings, segment } = report;
  return {
    ...(sent?._msgid && { _msgid: sent._msgid }),
    topic: to,
    payload: {
      // A folded line of the debug sidebar shows the first properties, so what readers ask first comes first.
      ...{ state, to, description, delivered, error, status, retryable, group, final },
      ...{ messageId, from, submittedAt, doneAt },
      ...(report.scope === 'message' && { segments }),
    },
    smpp: { server, bind, raw, tlvs: { ...tlvs }, matched, warnings: [...warnings], segment },
    ...(sent && { sent: { ...sent, reference: RED.util.cloneMessage(sent.reference as NodeMessage) } }),
  };
}

function incomingMessage(message: IncomingMessage): NodeMessage {
  const { text, to, from, encoding, dataCoding, segments, server, bind, tlvs, warnings } = message;
  return {
    topic: from,
    payload: text,
    smpp: { to, from, encoding, dataCoding, segments, server, bind, tlvs: { ...tlvs }, warnings: [...warnings] },
  };
}
