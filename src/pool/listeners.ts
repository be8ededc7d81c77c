import type { MessageRequest } from '../message/message';
import type { Outcome } from '../store/outcome';
import type { ListRecipient } from '../store/list-recipient';
import type { DeliveryReport, IncomingMessage, PoolEvent } from './events';

/** A message on its way in from a flow. */
export interface SendRequest {
  /** Id of the smpp-send node that hears of the outcome. */
  readonly node: string;
  readonly message: MessageRequest;
  /** The flow's message; comes back with the outcome, the same object while this process lives. */
  readonly msg: Readonly<Record<string, unknown>>;
  /** Where `msg` is that of several recipients: the one that this is for. */
  readonly recipient?: ListRecipient;
  /** Any JSON; comes back with the receipt. */
  readonly reference?: unknown;
  /** Where the value of a field was looked for, in words; undefined where that goes without saying. */
  readonly placeOf?: (field: string) => string | undefined;
  /** Warnings the caller already has about this message. */
  readonly warnings?: readonly string[];
}

/**
 * Asked by a setImmediate of this very moment, says whether what was handed over has arrived in the flow: false where the flow
 * was stopped before, so that it has to be handed over again. Undefined where that is known not to happen.
 */
export type Handover = (() => boolean) | undefined;

/** To be called right after it was handed over. */
export function hasArrived(handedOver: Handover): Promise<boolean> {
  if (!handedOver) return Promise.resolve(true);
  return new Promise((resolve) => {
    setImmediate(() => {
      resolve(handedOver());
    });
  });
}

/** Called once for every message of its node, and again for one that did not arrive. */
export type OutcomeHandler = (outcome: Outcome) => Handover;

/** What a smpp-dlr-in node wants to hear. */
export interface ReceiptListener {
  readonly emit: 'message' | 'segment';
  readonly intermediate: boolean;
  readonly unmatched: boolean;
  readonly incoming: boolean;
  handle(delivery: DeliveryReport | IncomingMessage): Handover;
}

export type EventListener = (event: PoolEvent) => void;

/** Where state changes are logged; every line already names server and bind. */
export interface PoolLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}
