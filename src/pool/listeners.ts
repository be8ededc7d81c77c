import type { MessageRequest } from '../message/message';
import type { Outcome } from '../store/outcome';
import type { ListRecipient } from '../store/list-recipient';
import type { SentMessage } from '../store/store';
import type { DeliveryReport, IncomingMessage, PoolEvent } from './events';

/** A message on its way in from a flow. */
export interface SendRequest {
  /** Id of the smpp-send node that hears of the outcome. */
  readonly node: string;
  /** Id of that node's flow, or of the subflow instance that it is in. */
  readonly flow?: string;
  readonly message: MessageRequest;
  /**
   * The flow's message. It comes back with the outcome: as the same object where the store has it in memory, else as the
   * store has read it back, with what cannot be stored by reference.
   */
  readonly msg: Readonly<Record<string, unknown>>;
  /** The recipient that this message is for, where `msg` has several. */
  readonly recipient?: ListRecipient;
  /** Any JSON; comes back with the receipt. */
  readonly reference?: unknown;
  /** Says in words where the value of a field was read from; undefined where the field's name says it. */
  readonly placeOf?: (field: string) => string | undefined;
  /** Warnings the caller already has about this message. */
  readonly warnings?: readonly string[];
}

/**
 * Says whether a delivery or an outcome that was handed over has arrived in the flow. To be asked in a setImmediate of
 * the moment of handing over. False: the flow was stopped before, so it has to be handed over again. Undefined: it is
 * sure to have arrived.
 */
export type Handover = (() => boolean) | undefined;

/** Asks a handover whether it has arrived, one setImmediate later. To be called right after handing over. */
export function hasArrived(handedOver: Handover): Promise<boolean> {
  if (!handedOver) return Promise.resolve(true);
  return new Promise((resolve) => {
    setImmediate(() => {
      resolve(handedOver());
    });
  });
}

/** Takes the outcome of each message of its node: once, and again where it did not arrive. */
export type OutcomeHandler = (outcome: Outcome) => Handover;

/** Who sent a message: its smpp-send node, and the flow that this node was in when it took the message. */
export type MessageSender = Pick<SentMessage, 'node' | 'flow'>;

/** A smpp-dlr-in node, and which reports and incoming messages it wants. */
export interface ReceiptListener {
  readonly emit: 'message' | 'segment';
  readonly intermediate: boolean;
  readonly unmatched: boolean;
  readonly incoming: boolean;
  /** True where it wants the reports of this sender's messages; absent where it wants everybody's. */
  readonly hears?: ((sender: MessageSender) => boolean) | undefined;
  handle(delivery: DeliveryReport | IncomingMessage): Handover;
}

export type EventListener = (event: PoolEvent) => void;

/** The log of a pool. A line about a server or a bind names it already. */
export interface PoolLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Sees a PDU of a bind as it is written or read; must neither keep the frame nor throw. */
export type Onlooker = (server: string, bind: string, outgoing: boolean, frame: Buffer) => void;
