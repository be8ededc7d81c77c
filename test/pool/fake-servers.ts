import { LatencyHistogram } from '../../src/pool/measures';
import { Budget } from '../../src/account/budget';
import { Lanes, type BacklogBind, type QueuedSegment } from '../../src/pool/backlog';
import { Latencies, Rate } from '../../src/pool/latency';
import type { Server } from '../../src/pool/server';

/** A bind without a session: what is submitted stays here until the test answers it. */
export class FakeBind implements BacklogBind {
  readonly followers = new Lanes();
  readonly pending: QueuedSegment[] = [];
  readonly mode = 'transceiver';
  isBound = true;
  readonly #window: number;
  readonly #submitted: (item: QueuedSegment) => void;

  constructor(window: number, submitted: (item: QueuedSegment) => void) {
    this.#window = window;
    this.#submitted = submitted;
  }

  get inFlight(): number {
    return this.pending.length;
  }

  get ready(): boolean {
    return this.isBound && this.inFlight < this.#window;
  }

  submit(_frame: Buffer, item: QueuedSegment): void {
    this.pending.push(item);
    this.#submitted(item);
  }
}

/** A server without sockets. */
export class FakeServer {
  readonly name: string;
  readonly binds: readonly FakeBind[];
  readonly followers = new Lanes();
  readonly latencies = new Latencies();
  readonly answerTimes = new LatencyHistogram();
  readonly rate = new Rate();
  readonly budget: Budget;
  /** "message.segment" in the order they went out. */
  readonly sent: string[] = [];
  stopped = false;
  passed = 0;
  lastThrottled = null;

  constructor(name: string, { binds = 1, window = 10, throughput = 0 } = {}) {
    this.name = name;
    this.budget = new Budget(throughput);
    const submitted = ({ leased, segment }: QueuedSegment): void => {
      this.sent.push(`${leased.message.id}.${String(segment)}`);
    };
    this.binds = Array.from({ length: binds }, () => new FakeBind(window, submitted));
  }

  get submitBinds(): number {
    return this.binds.filter(({ isBound }) => isBound).length;
  }

  get canSubmit(): boolean {
    return this.submitBinds > 0;
  }

  readyBind(): FakeBind | null {
    const ready = this.binds.filter((bind) => bind.ready).sort((a, b) => a.inFlight - b.inFlight);
    return ready[0] ?? null;
  }

  /** All that pool/ asks of a server, and no more. */
  get asServer(): Server {
    return this as unknown as Server;
  }
}

/** Lets everything that does not wait for time come to its end. */
export async function quiet(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
}
