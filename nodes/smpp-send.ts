import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { InvalidInputError, SmppError } from '../src/base/errors';
import { OrderedHashMap } from '../src/base/ordered-hash-map';
import type { Handover } from '../src/pool/listeners';
import { notSent, outcomeError, type Outcome } from '../src/store/outcome';
import { handover } from './pool-lifetime/handover';
import { flowError, smppReport } from './send/outcome';
import { usePool } from './pool-lifetime/pool-user';
import { attachSender, seeArrived } from './pool-lifetime/registry';
import { requestReader, type Request, type SendDef } from './send/request';
import type { Say } from './pool-lifetime/pool-config';
import { serveWire } from './admin/pdu-preview';

/** A message of the flow and how many outcomes it still waits for: one for each recipient. */
interface Input {
  readonly msg: NodeMessage;
  readonly send: (msg: NodeMessage | (NodeMessage | null)[]) => void;
  readonly done: (error?: Error) => void;
  recipients: number;
  open: number;
}

export default function (RED: NodeAPI): void {
  const say: Say = (key, values) => RED._(`smpp-send.${key}`, values as Record<string, string>);
  serveWire(RED, say);

  function SmppSend(this: Node, def: SendDef): void {
    RED.nodes.createNode(this, def);
    const read = requestReader(RED, this, def, say);
    const pending = new OrderedHashMap<Input>();
    const counts = { sent: 0, failed: 0, lastFailed: false };
    const { pool, status, leave } = usePool(RED, this, def.pool, say, (face) => {
      const { sent, failed, lastFailed } = counts;
      if (pending.size > 0) return { ...face, text: say('status.waiting', { count: pending.size }) };
      if (lastFailed) return { ...face, fill: 'red', shape: 'ring', text: say('status.failed', { count: failed }) };
      return sent > 0 ? { ...face, text: say('status.sent', { count: sent }) } : face;
    });

    /** The one way out. An outcome without an input belongs to a message that an instance before this one has taken. */
    const settle = (outcome: Outcome): Handover => {
      const input = pending.delete(outcome.id);
      if (input) input.open -= 1;
      const send = input?.send ?? this.send.bind(this);
      const msg = outcome.msg as NodeMessage;
      msg.smpp = smppReport(outcome);
      counts.lastFailed = outcome.error !== null;
      counts[outcome.error ? 'failed' : 'sent'] += 1;
      status.touch();
      let handedOver: Handover;
      if (!outcome.error) {
        send(msg);
        handedOver = handover(RED, this, 0);
      } else if (def.failures === 'output') {
        msg.error = outcome.error;
        send([null, msg]);
        handedOver = handover(RED, this, 1);
      } else if (input?.recipients === 1) {
        input.done(flowError(outcome.error));
        return undefined;
      } else {
        this.error(flowError(outcome.error), msg);
      }
      if (input?.open === 0) input.done();
      return handedOver;
    };

    /** What cannot be taken apart into recipients, or has no pool to go to. */
    const reject = (input: Input, error: unknown): void => {
      const reason = error instanceof SmppError ? error : new InvalidInputError('msg', String(error));
      const about = { id: RED.util.generateId(), node: this.id, msg: input.msg, to: '', queuedAt: Date.now() };
      const outcome = notSent(about, outcomeError(reason));
      pending.set(outcome.id, input);
      seeArrived(outcome, settle(outcome));
    };

    const submit = (input: Input, request: Request): void => {
      if (!pool) {
        reject(input, new SmppError('SMPP_POOL_CONFIG', say('errors.noPool')));
        return;
      }
      if (pool.shared.ready) {
        void pool.shared.ready.then(() => {
          submit(input, request);
        });
        return;
      }
      const { failure } = pool.shared;
      if (failure) {
        const values = { pool: pool.name ?? pool.id, reason: failure.message };
        reject(input, new SmppError(failure.code, say('errors.poolInvalid', values)));
        return;
      }
      const { messages, reference, warnings } = request;
      input.recipients = input.open = messages.length;
      for (const message of messages) {
        const msg = messages.length === 1 ? input.msg : RED.util.cloneMessage(input.msg);
        const id = pool.shared.send({ node: this.id, message, msg, reference, warnings });
        pending.set(id, input);
      }
      status.touch();
    };

    this.on('input', (msg, send, done) => {
      const input: Input = { msg, send, done, recipients: 1, open: 1 };
      try {
        const request = read(msg);
        if (request instanceof Promise) {
          request.then(
            (value) => {
              submit(input, value);
            },
            (error: unknown) => {
              reject(input, error);
            },
          );
        } else {
          submit(input, request);
        }
      } catch (error) {
        reject(input, error);
      }
    });

    const detach = attachSender(this.id, settle);
    this.on('close', () => {
      detach();
      leave();
    });
  }
  RED.nodes.registerType('smpp-send', SmppSend);
}
