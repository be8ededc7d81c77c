import type { PoolLog } from './listeners';

/** Logs what the store could not do. Calls that went into one transaction share a promise: together they are one line. */
export class StoreWatch {
  readonly #log: PoolLog;
  #last: Promise<unknown> | null = null;

  constructor(log: PoolLog) {
    this.#log = log;
  }

  /** @param what could not be done then */
  watch(work: Promise<unknown>, what: string): void {
    if (work === this.#last) return;
    this.#last = work;
    work.catch((error: unknown) => {
      this.#log.error(`store: ${what}: ${String(error)}`);
    });
  }
}
