import type { Outcome } from '../store/outcome';
import type { Store } from '../store/store';
import type { Handover, OutcomeHandler, PoolLog } from './listeners';

/** Ids of lost messages in one line of the log. */
const NAMED = 100;

interface Letter {
  readonly outcome: Outcome;
  /** True where the store has the outcome too, and keeps it until it is told. */
  readonly stored: boolean;
}

export interface MailboxServices {
  readonly store: Pick<Store, 'settle' | 'told'>;
  readonly log: PoolLog;
  /** False while flows are stopped: outcomes wait. */
  flowsLive(): boolean;
  /** Called for an outcome whose sending node is gone. */
  orphaned(outcome: Outcome): void;
}

/** Outcomes on their way to the nodes that sent the messages. Each is told once, and waits while no flow is live. */
export class OutcomeMailbox {
  readonly #services: MailboxServices;
  readonly #senders = new Map<string, OutcomeHandler>();
  #untold: Letter[] = [];
  /** Outcomes handed over that have not arrived yet. */
  #arriving = 0;
  #allArrived: (() => void) | null = null;
  /** The store's promise for the outcome that was told last. */
  #telling: Promise<void> | null = null;
  /** Length of `#untold` when `close` had stored it; later entries could not be stored. */
  #kept = 0;

  constructor(services: MailboxServices) {
    this.#services = services;
  }

  /** Gives this handler the outcomes of this node's messages from now on. @returns detaches the handler */
  attach(node: string, handler: OutcomeHandler): () => void {
    this.#senders.set(node, handler);
    return () => {
      if (this.#senders.get(node) === handler) this.#senders.delete(node);
    };
  }

  hasSender(node: string): boolean {
    return this.#senders.has(node);
  }

  /** Takes outcomes that an earlier process stored but did not tell; `resume` tells them. */
  hold(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) this.#untold.push({ outcome, stored: true });
  }

  /** Tells the outcomes that waited. */
  resume(): void {
    const untold = this.#untold;
    this.#untold = [];
    for (const { outcome, stored } of untold) this.tell(outcome, stored);
  }

  /** Tells an outcome, or keeps it while no flow is live. @param stored the store has it until it has arrived */
  tell(outcome: Outcome, stored: boolean): void {
    // An outcome that was never stored belongs to a message refused on the spot: its node hears of it even while flows
    // change.
    if (!this.#services.flowsLive() && (stored || !this.#senders.has(outcome.node))) {
      this.#untold.push({ outcome, stored });
      return;
    }
    const handler = this.#senders.get(outcome.node);
    let handedOver: Handover;
    try {
      if (handler) handedOver = handler(outcome);
      else this.#services.orphaned(outcome);
    } catch (error) {
      this.#services.log.error(`a flow failed on an outcome: ${String(error)}`);
    }
    if (!handedOver) {
      this.#told(outcome, stored);
      return;
    }
    this.#arriving += 1;
    const arrived = handedOver;
    setImmediate(() => {
      this.#arriving -= 1;
      if (arrived()) this.#told(outcome, stored);
      else if (this.#services.flowsLive()) this.tell(outcome, stored);
      else this.#untold.push({ outcome, stored });
      if (this.#arriving === 0) this.#allArrived?.();
    });
  }

  /**
   * Waits for the outcomes that are being handed over. Then stores the untold outcomes that the store lacks, so that
   * the next pool tells them too. To be called once no flow is live any more.
   */
  async close(): Promise<void> {
    if (this.#arriving > 0) await new Promise<void>((resolve) => (this.#allArrived = resolve));
    const unstored = this.#untold.filter(({ stored }) => !stored);
    const results = await Promise.allSettled(unstored.map(({ outcome }) => this.#services.store.settle(outcome)));
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      const { id, kind } = unstored[index]!.outcome;
      this.#services.log.error(
        `the outcome of message ${id} (${kind}) could not be told or stored: ${String(result.reason)}`,
      );
    }
    this.#kept = this.#untold.length;
  }

  /** Logs the ids of messages that ended after `close`: a store that was away refuses them when it is closed. */
  logLost(): void {
    const lost = this.#untold.slice(this.#kept).filter(({ stored }) => !stored);
    if (lost.length === 0) return;
    const ids = lost.slice(0, NAMED).map(({ outcome }) => outcome.id);
    const more = lost.length > NAMED ? ' …' : '';
    this.#services.log.error(
      `${String(lost.length)} messages were not sent, and their outcomes could not be told or stored: ${ids.join(', ')}${more}`,
    );
  }

  #told(outcome: Outcome, stored: boolean): void {
    if (!stored) return;
    const told = this.#services.store.told(outcome.id);
    // Outcomes of one transaction share a promise.
    if (told === this.#telling) return;
    this.#telling = told;
    told.catch((error: unknown) => {
      this.#services.log.error(`store: ${String(error)}`);
    });
  }
}
