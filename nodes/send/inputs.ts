import type { Node, NodeMessage } from 'node-red';
import { OrderedHashMap } from '../../src/base/ordered-hash-map';
import { withoutList } from '../../src/store/list-recipient';
import type { Outcome } from '../../src/store/outcome';

/** A message of the flow that still waits for outcomes: one for each recipient. It does not hold the message itself. */
export interface Input {
  recipients: number;
  open: number;
  /** Where there are several recipients, the list as it came. */
  list: unknown;
}

/** What Node-RED gives with a message. Both functions hold the message. */
interface Calls {
  readonly send: (msg: NodeMessage | (NodeMessage | null)[]) => void;
  readonly done: (error?: Error) => void;
}

/** The part of a node that its type definitions leave out: what `done` calls, with the message that came. */
interface Completing {
  _complete?(msg: NodeMessage, error?: Error): void;
}

/**
 * The inputs of a smpp-send node that wait for outcomes. A message that waits is in the store, which may keep it on the
 * disk alone and give back what it has read: so nothing here keeps the message in memory. What Node-RED gave with it is
 * kept as long as the message is.
 */
export class Inputs {
  readonly #node: Node;
  readonly #waiting = new OrderedHashMap<Input>();
  readonly #calls = new WeakMap<object, Calls>();

  constructor(node: Node) {
    this.#node = node;
  }

  /** Recipients whose outcome has not come. */
  get size(): number {
    return this.#waiting.size;
  }

  open(msg: NodeMessage, send: Calls['send'], done: Calls['done']): Input {
    this.#calls.set(msg, { send, done });
    return { recipients: 1, open: 1, list: undefined };
  }

  /** The outcome of the message with this id belongs to the input. */
  expect(id: string, input: Input): void {
    this.#waiting.set(id, input);
  }

  /** @returns the input that the outcome belongs to; undefined where an earlier instance of the node took it */
  settled(id: string): Input | undefined {
    const input = this.#waiting.delete(id);
    if (input) input.open -= 1;
    return input;
  }

  /** Sends as Node-RED wants what came of this message to be sent. */
  send(msg: object, what: NodeMessage | (NodeMessage | null)[]): void {
    const calls = this.#calls.get(msg);
    if (calls) calls.send(what);
    else this.#node.send(what);
  }

  /** Ends the input of one recipient with an error. @param own the message for Catch nodes: the input or its copy */
  fail({ msg }: Pick<Outcome, 'msg'>, own: NodeMessage, error: Error): void {
    this.#end(msg, own, error);
  }

  /** Ends the input once all its outcomes were told. @param own the message of the last outcome as it left */
  complete(input: Input, { msg, recipient }: Pick<Outcome, 'msg' | 'recipient'>, own: NodeMessage): void {
    if (!recipient) this.#end(msg, own);
    else if (this.#calls.has(msg)) this.#end(msg, msg as NodeMessage);
    else this.#end(msg, withoutList(msg, recipient.list, input.list) as unknown as NodeMessage);
  }

  #end(msg: object, own: NodeMessage, error?: Error): void {
    const calls = this.#calls.get(msg);
    this.#calls.delete(msg);
    const node = this.#node as Node & Completing;
    // `done` tells other nodes of the very message that came.
    if (calls && (own === msg || !node._complete)) calls.done(error);
    else if (node._complete) node._complete(own, error);
    else if (error) node.error(error, own);
  }
}
