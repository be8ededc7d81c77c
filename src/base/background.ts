/** Where a failure is told that nobody waits for. */
export interface FailureLog {
  error(text: string): void;
}

/**
 * For a promise that nobody awaits. Node.js ends the process at a rejection without a handler: this one is logged instead.
 * @param what was being done, for the log
 */
export function background(work: Promise<unknown>, log: FailureLog, what: string): void {
  work.catch((error: unknown) => {
    log.error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/**
 * For work whose failure changes nothing, and is told to nobody.
 * @param _reason why that is so, for the reader
 * @returns never rejects; undefined where the work failed
 */
export function despiteFailure<T>(work: Promise<T>, _reason: string): Promise<T | undefined> {
  return work.catch(() => undefined);
}

/** As `despiteFailure`, where nobody waits for the end of it. */
export function ignoreFailure(work: Promise<unknown>, _reason: string): void {
  work.catch(() => undefined);
}
