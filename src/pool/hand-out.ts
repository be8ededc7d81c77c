import { ignoreFailure } from '../base/background';
import type { ParkedEvent, ParkOptions, Store } from '../store/store';
import type { DeliveryReport, IncomingMessage } from './events';
import { hasArrived, type Handover, type MessageSender, type PoolLog, type ReceiptListener } from './listeners';
import type { Work, Writing } from './order-of-work';

export interface HandOutServices {
  readonly store: Store;
  readonly log: PoolLog;
  readonly listeners: ReadonlySet<ReceiptListener>;
  /** False while flows are being stopped, replaced or started: then nothing is handed out. */
  flowsLive(): boolean;
}

/** Milliseconds between two log lines about reports that are in nobody's scope. */
const UNHEARD_PAUSE = 60_000;

/** A delivery for the smpp-dlr-in nodes. */
export type FlowEvent = DeliveryReport | IncomingMessage;

/** What of a report decides which listeners want it. */
export interface ReportKind extends Pick<DeliveryReport, 'kind' | 'scope' | 'final' | 'matched'> {
  /** Null where the report matches no sent message. */
  readonly sender: MessageSender | null;
}

/**
 * Stores a change, and parks events with it in one step.
 * @returns the keys of the parked events; null where another instance changed the entry since it was read
 */
export type Save = (options: ParkOptions) => Promise<readonly number[] | null>;

/** Brings events to the flows: at once while flows are live, by way of the store while they are not. */
export class HandOut {
  readonly #services: HandOutServices;
  /** Events that no flow took because their senders are in nobody's scope, since the last log line. */
  #unheard = 0;
  #quietUntil = 0;

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
    const { store } = this.#services;
    const handing = this.#services.flowsLive();
    const wanted = handing ? events.filter((event) => this.#isWanted(kindOf(event))) : events;
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
    return !this.#services.flowsLive() || this.#isWanted(kind);
  }

  /**
   * Logs, once in a while, how many final results reached no flow because their senders are in nobody's scope.
   * @param now milliseconds
   */
  tick(now: number): void {
    if (this.#unheard === 0 || now < this.#quietUntil) return;
    this.#services.log.warn(
      `delivery reports that no flow took: ${String(this.#unheard)}; no smpp-dlr-in node has their smpp-send nodes in its scope`,
    );
    this.#unheard = 0;
    this.#quietUntil = now + UNHEARD_PAUSE;
  }

  /** Hands an event to live flows. @returns resolves once the event has arrived or is parked; null: it has arrived */
  atOnce(event: FlowEvent): Promise<void> | null {
    const handedOver = this.hand(event);
    return handedOver ? this.#arrived(event, handedOver) : null;
  }

  /** Hands an event to every listener that wants it. It has arrived once one of them has it. */
  hand(event: FlowEvent): Handover {
    const handovers: Handover[] = [];
    const kind = kindOf(event);
    let takers = 0;
    for (const listener of this.#services.listeners) {
      if (!wants(listener, kind)) continue;
      takers += 1;
      try {
        handovers.push(listener.handle(event));
      } catch (error) {
        this.#services.log.error(`a flow failed on a delivery: ${String(error)}`);
      }
    }
    if (takers === 0) this.#noteUnheard(kind);
    if (handovers.length < 2) return handovers[0];
    return () => handovers.some((handedOver) => !handedOver || handedOver());
  }

  #isWanted(kind: ReportKind | IncomingMessage): boolean {
    for (const listener of this.#services.listeners) if (wants(listener, kind)) return true;
    this.#noteUnheard(kind);
    return false;
  }

  /** Counts an event that no listener wants, where it is for the sake of its sender alone. */
  #noteUnheard(kind: ReportKind | IncomingMessage): void {
    for (const listener of this.#services.listeners) {
      if (!wants(listener, kind, false)) continue;
      this.#unheard += 1;
      return;
    }
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

function kindOf(event: FlowEvent): ReportKind | IncomingMessage {
  if (event.kind === 'incoming') return event;
  const { kind, scope, final, matched, sent, flow = null } = event;
  return { kind, scope, final, matched, sender: sent && { node: sent.node, flow } };
}

/** @param scoped false: whatever the scope of the listener is */
function wants(listener: ReceiptListener, event: ReportKind | IncomingMessage, scoped = true): boolean {
  if (event.kind === 'incoming') return listener.incoming;
  if (!event.final && !listener.intermediate) return false;
  if (!(event.matched ? event.scope === listener.emit : listener.unmatched)) return false;
  // What matches no sent message has no sender: it is for those who hear everybody.
  return !scoped || !listener.hears || (event.sender !== null && listener.hears(event.sender));
}
