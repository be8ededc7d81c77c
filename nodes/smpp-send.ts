import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { background } from '../src/base/background';
import { systemClock, type Clock } from '../src/base/clock';
import { InvalidInputError, SmppError } from '../src/base/errors';
import { nextTurn } from '../src/base/turns';
import { countryOf } from '../src/message/country';
import { RecipientList, singleRecipient } from '../src/message/recipients';
import type { Handover } from '../src/pool/listeners';
import type { ListRecipient } from '../src/store/list-recipient';
import { notSent, outcomeError, type Outcome } from '../src/store/outcome';
import { handover } from './pool-lifetime/handover';
import { Inputs, type Input } from './send/inputs';
import { flowError, smppReport } from './send/outcome';
import { ownMessage, withProperties } from './send/own-copy';
import { usePool } from './pool-lifetime/pool-user';
import { attachSender, seeArrived } from './pool-lifetime/registry';
import { requestReader, type Request, type SendDef } from './send/request';
import type { Say } from './pool-lifetime/pool-config';
import { serveCharsets, servePduPreview } from './admin/pdu-preview';

/** Most recipients of one list that are taken in one turn of the event loop. */
const AT_ONCE = 200;
/** Most recipients of one list that may be on their way into the store; a multiple of AT_ONCE. */
const AT_ONCE_UNSTORED = 1000;

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export default function (RED: NodeAPI): void {
  const say: Say = (key, values) => RED._(`smpp-send.${key}`, values as Record<string, string>);
  servePduPreview(RED);
  serveCharsets(RED);

  function SmppSend(this: Node, def: SendDef): void {
    RED.nodes.createNode(this, def);
    const read = requestReader(RED, this, def, say);
    const inputs = new Inputs(this);
    let closed = false;
    const counts = { sent: 0, failed: 0, lastFailed: false };
    const { pool, status, leave } = usePool(RED, this, def.pool, say, (face) => {
      const { sent, failed, lastFailed } = counts;
      if (inputs.size > 0) return { ...face, text: say('status.waiting', { count: inputs.size }) };
      const words = [
        ...(sent > 0 ? [say('status.sent', { count: sent })] : []),
        ...(failed > 0 ? [say('status.failed', { count: failed })] : []),
      ];
      if (words.length === 0) return face;
      return { ...face, ...(lastFailed && { fill: 'red', shape: 'ring' }), text: words.join(' · ') };
    });

    const clock = (): Clock => pool?.handle.clock ?? systemClock;

    /** Hands every outcome to the flow. One without an input is of a message that an earlier instance has taken. */
    const settle = (outcome: Outcome): Handover => {
      const input = inputs.settled(outcome.id);
      // Copied only now: a message that waits for its outcomes is one object for any number of recipients. The only
      // recipient's message is the input itself, or what the store has read back of it.
      const own = input?.recipients === 1 ? (outcome.msg as NodeMessage) : ownMessage(outcome, RED.util.cloneMessage);
      const { error } = outcome;
      const toOutput = error !== null && def.failures === 'output';
      const msg = withProperties(own, { smpp: smppReport(outcome, clock()), ...(toOutput && { error }) });
      counts.lastFailed = error !== null;
      counts[error ? 'failed' : 'sent'] += 1;
      status.touch();
      let handedOver: Handover;
      if (!error || toOutput) {
        try {
          inputs.send(outcome.msg, error ? [null, msg] : msg);
        } catch (failure) {
          // With several wires Node-RED copies the message. Where it cannot, only Catch nodes hear of the outcome.
          const words = `The outcome (${outcome.kind}) cannot be handed on: ${wordsOf(failure)}`;
          this.error(new SmppError('SMPP_HANDOVER_FAILED', words), { _msgid: msg._msgid });
        }
        handedOver = handover(RED, this, error ? 1 : 0);
      } else if (input?.recipients === 1) {
        // A failed input is not complete.
        inputs.fail(outcome, msg, flowError(error));
        return undefined;
      } else {
        this.error(flowError(error), msg);
      }
      if (input?.open === 0) inputs.complete(input, outcome, msg);
      return handedOver;
    };

    /** Ends a message that the pool does not take, or an input whose recipients cannot be read. */
    const reject = (msg: NodeMessage, input: Input, error: unknown, to = '', recipient?: ListRecipient): void => {
      const reason = error instanceof SmppError ? error : new InvalidInputError('msg', `msg: ${wordsOf(error)}`);
      const about = { id: RED.util.generateId(), node: this.id, msg, recipient, to, queuedAt: clock().now() };
      const outcome = notSent(about, outcomeError(reason));
      if (closed) {
        // A deploy has closed this instance: no Catch node hears it. The node's next instance reports the outcome.
        seeArrived(outcome, () => false, this);
        return;
      }
      inputs.expect(outcome.id, input);
      seeArrived(outcome, settle(outcome), this);
    };

    const sendTo = (
      msg: NodeMessage,
      input: Input,
      request: Request,
      to: string,
      warnings: readonly string[],
      recipient?: ListRecipient,
    ): void => {
      const { reference, placeOf } = request;
      // The request's own object serves a single recipient: copying it costs as much as reading the message.
      const message = recipient ? { ...request.message, to } : Object.assign(request.message, { to });
      try {
        const id = pool!.handle.send({
          node: this.id,
          flow: this.z,
          msg,
          recipient,
          reference,
          placeOf,
          warnings,
          message,
        });
        inputs.expect(id, input);
      } catch (error) {
        reject(msg, input, error, to, recipient);
      }
    };

    /** Sends to a list in several turns: a list of any length must not hold the event loop. */
    const sendToAll = async (msg: NodeMessage, input: Input, request: Request): Promise<void> => {
      const { destTon: ton, destNpi: npi } = request.message;
      const { country = '' } = pool!.handle.owner?.plan.settings.profile ?? {};
      const list = new RecipientList(request.to, {
        country: countryOf(country),
        overrides: { ton, npi },
      });
      while (!list.read(AT_ONCE)) await nextTurn();
      const { to: all, warnings } = list;
      if (all.length === 1) {
        sendTo(msg, input, request, all[0]!, warnings);
        return;
      }
      input.recipients = input.open = all.length;
      input.list = request.to;
      // One object for all recipients: by it a store knows that they share the flow's message.
      const ofInput = { path: request.toPath ?? [] };
      for (const [index, to] of all.entries()) {
        if (index > 0 && index % AT_ONCE === 0) {
          await nextTurn();
          if (index % AT_ONCE_UNSTORED === 0) await pool!.handle.entered;
          await pool!.handle.ready;
        }
        sendTo(msg, input, request, to, warnings, { list: ofInput, to });
      }
    };

    const submit = (msg: NodeMessage, input: Input, request: Request): Promise<void> | undefined => {
      if (!pool) {
        reject(msg, input, new SmppError('SMPP_POOL_CONFIG', say('errors.noPool')));
        return undefined;
      }
      if (pool.handle.ready) return pool.handle.ready.then(() => submit(msg, input, request));
      const { failure } = pool.handle;
      if (failure) {
        const values = { pool: pool.name ?? pool.id, reason: failure.message };
        reject(msg, input, new SmppError(failure.code, say('errors.poolInvalid', values)));
        return undefined;
      }
      const single = singleRecipient(request.to);
      if (single === undefined) {
        return sendToAll(msg, input, request).catch((error: unknown) => {
          reject(msg, input, error instanceof InvalidInputError ? error.at(request.placeOf) : error);
        });
      }
      sendTo(msg, input, request, single, []);
      status.touch();
      return undefined;
    };

    /** Settles when the messages before are taken; null where the next one need not wait. */
    let turn: Promise<void> | null = null;
    const inTurn = (msg: NodeMessage, input: Input, request: Request): void => {
      const taken = turn ? turn.then(() => submit(msg, input, request)) : submit(msg, input, request);
      if (!taken) return;
      const over = taken
        .catch((error: unknown) => {
          this.error(error);
        })
        .finally(() => {
          if (turn === over) turn = null;
          status.touch();
        });
      turn = over;
    };

    this.on('input', (msg, send, done) => {
      const input = inputs.open(msg, send, done);
      try {
        const request = read(msg);
        if (request instanceof Promise) {
          const taken = request.then(
            (value) => {
              inTurn(msg, input, value);
            },
            (error: unknown) => {
              reject(msg, input, error);
            },
          );
          background(taken, this, 'smpp-send');
        } else {
          inTurn(msg, input, request);
        }
      } catch (error) {
        reject(msg, input, error);
      }
    });

    const detach = attachSender(this.id, settle);
    this.on('close', () => {
      closed = true;
      detach();
      leave();
    });
  }
  RED.nodes.registerType('smpp-send', SmppSend);
}
