import type { MessageRequest } from '../message/message';
import type { Outcome } from '../store/store';
import type { DeliveryReport, IncomingMessage, PoolEvent } from './events';

/** A message on its way in from a flow. */
export interface SendRequest {
  /** Id of the smpp-send node that hears of the outcome. */
  readonly node: string;
  readonly message: MessageRequest;
  /** The flow's message; comes back with the outcome, the same object while this process lives. */
  readonly msg: Readonly<Record<string, unknown>>;
  /** Any JSON; comes back with the receipt. */
  readonly reference?: unknown;
  /** Warnings the caller already has about this message. */
  readonly warnings?: readonly string[];
}

/** Called once for every message of its node. */
export type OutcomeHandler = (outcome: Outcome) => void;

/** What a smpp-dlr-in node wants to hear. */
export interface ReceiptListener {
  readonly emit: 'message' | 'segment';
  readonly intermediate: boolean;
  readonly unmatched: boolean;
  readonly incoming: boolean;
  handle(delivery: DeliveryReport | IncomingMessage): void;
}

export type EventListener = (event: PoolEvent) => void;

/** Where state changes are logged; every line already names server and bind. */
export interface PoolLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}
