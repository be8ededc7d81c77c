import { ignoreFailure } from '../base/background';
import type { ParkedEvent, ParkOptions, Store } from '../store/store';
import type { DeliveryReport, IncomingMessage } from './events';
import { hasArrived, type Handover, type PoolLog, type ReceiptListener } from './listeners';
import type { Work, Writing } from './order-of-work';

export interface HandOutServices {
  readonly store: Store;
  readonly log: PoolLog;
  readonly listeners: ReadonlySet<ReceiptListener>;
  /** False while flows are being stopped, replaced or started: then nothing is handed out. */
  flowsLive(): boolean;
}

/** A delivery for the smpp-dlr-in nodes. */
export type FlowEvent = DeliveryReport | IncomingMessage;

/** The fields of a report that decide which listeners want it. */
export type ReportKind = Pick<DeliveryReport, 'kind' | 'scope' | 'final' | 'matched'>;

/**
 * Stores a change, and parks events with it in one step.
 * @returns the keys of the parked events; null where another instance changed the entry since it was read
 */
export type Save = (options: ParkOptions) => Promise<readonly number[] | null>;

/** Brings events to the flows: at once while flows are live, by way of the store while they are not. */
export class HandOut {
  readonly #services: HandOutServices;

  constructor(services: HandOutServices) {
    this.#services = services;
  }

  /** Hands events to live flows, else parks them. @param save stores what has changed, in one step with the parking */
  orPark(events: readonly FlowEvent[], save?: Save): Writing {
    const { store } = this.#services;
    const writing: Promise<unknown>[] = [];
    if (this.#services.flowsLive()) {
      for (const event of events) writing.push(this.#deliver(event));
      if (save) writing.push(save({}));
    } else if (save) writing.push(save({ park: events.map(parkedEvent) }));
    else for (const event of events) writing.push(store.park(parkedEvent(event)));
    return { written: Promise.all(writing).then(() => undefined) };
  }

  /**
   * Saves first, then hands out: with a shared store, several instances may have receipts or parts of one message.
   * Where another instance changed the entry meanwhile, nothing is handed out, and `again` judges the delivery anew.
   * Events are parked with the change: if this instance dies before it hands them out, another instance does, or the
   * next start.
   */
  async onceSaved(events: readonly FlowEvent[], save: Save, again: Work): Promise<void> {
    const { store, listeners } = this.#services;
    const handing = this.#services.flowsLive();
    const wanted = handing
      ? events.filter((event) => [...listeners].some((listener) => wants(listener, event)))
      : events;
    const keys = await save({ park: wanted.map(parkedEvent), handing });
    if (!keys) {
      const writing = await again();
      await writing?.written;
      return;
    }
    if (!handing) return;
    await Promise.all(wanted.map((event) => this.#deliver(event)));
    for (const key of keys) {
      ignoreFailure(store.unpark(key), 'closed before the store was there again: it is handed out once more');
    }
  }

  /** True where a listener wants reports of this kind, or may want them once flows are live again. */
  wants(kind: ReportKind): boolean {
    if (!this.#services.flowsLive()) return true;
    for (const listener of this.#services.listeners) if (wants(listener, kind)) return true;
    return false;
  }

  /** Hands an event to live flows. @returns resolves once the event has arrived or is parked; null: it has arrived */
  atOnce(event: FlowEvent): Promise<void> | null {
    const handedOver = this.hand(event);
    return handedOver ? this.#arrived(event, handedOver) : null;
  }

  /** Hands an event to every listener that wants it. It has arrived once one of them has it. */
  hand(event: FlowEvent): Handover {
    const handovers: Handover[] = [];
    for (const listener of this.#services.listeners) {
      if (!wants(listener, event)) continue;
      try {
        handovers.push(listener.handle(event));
      } catch (error) {
        this.#services.log.error(`a flow failed on a delivery: ${String(error)}`);
      }
    }
    if (handovers.length < 2) return handovers[0];
    return () => handovers.some((handedOver) => !handedOver || handedOver());
  }

  /** Hands an event out, again and again until it arrives; parks it once the flows are stopped. */
  async #deliver(event: FlowEvent): Promise<void> {
    if (this.#services.flowsLive()) await this.#arrived(event, this.hand(event));
    else await this.#services.store.park(parkedEvent(event));
  }

  async #arrived(event: FlowEvent, handedOver: Handover): Promise<void> {
    if (!(await hasArrived(handedOver))) await this.#deliver(event);
  }
}

function parkedEvent(event: FlowEvent): Omit<ParkedEvent, 'key'> {
  return { kind: event.kind, data: event };
}

function wants(listener: ReceiptListener, event: ReportKind | IncomingMessage): boolean {
  if (event.kind === 'incoming') return listener.incoming;
  if (!event.final && !listener.intermediate) return false;
  if (!event.matched) return listener.unmatched;
  return event.scope === listener.emit;
}
