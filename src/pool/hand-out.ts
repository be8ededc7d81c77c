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

/** Something for the flows. */
export type FlowEvent = DeliveryReport | IncomingMessage;

/** What of a report decides who hears it. */
export type ReportKind = Pick<DeliveryReport, 'kind' | 'scope' | 'final' | 'matched'>;

/** Stores what has changed, and events with it; null where it was not any more as it had been found. */
export type Save = (options: ParkOptions) => Promise<readonly number[] | null>;

/** How what a delivery has brought about reaches the flows: at once where they live, by way of the store where they do not. */
export class HandOut {
  readonly #services: HandOutServices;

  constructor(services: HandOutServices) {
    this.#services = services;
  }

  /** To the flows, or into the store. @param save stores what has changed, in the same breath */
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
   * Several instances may have receipts or parts of one message: only what could be saved is handed out. What another instance has
   * changed meanwhile is judged anew, by `again`; what was saved and not handed out when this instance dies is handed out by another,
   * or later.
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

  /** True where a report of this kind would reach somebody, so that it is worth being made. */
  wants(kind: ReportKind): boolean {
    if (!this.#services.flowsLive()) return true;
    for (const listener of this.#services.listeners) if (wants(listener, kind)) return true;
    return false;
  }

  /** To the flows, which must live. @returns resolves once it has arrived, or is parked; null where it has arrived already */
  atOnce(event: FlowEvent): Promise<void> | null {
    const handedOver = this.hand(event);
    return handedOver ? this.#arrived(event, handedOver) : null;
  }

  /** It has arrived where one of those who wanted it has it. */
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

  /** Hands it out at once; into the store with it where the flows were stopped before it had arrived. */
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
