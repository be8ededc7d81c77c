/** Log for the failures of promises that nobody awaits. */
export interface FailureLog {
  error(text: string): void;
}

/**
 * For a promise that nobody awaits: its rejection is logged. Without a handler it would end the Node.js process.
 * @param what names the work in the log
 */
export function background(work: Promise<unknown>, log: FailureLog, what: string): void {
  work.catch((error: unknown) => {
    log.error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/**
 * For work whose failure changes nothing and is not logged.
 * @param _reason why the failure changes nothing, for whoever reads the code
 * @returns never rejects; undefined where the work failed
 */
export function despiteFailure<T>(work: Promise<T>, _reason: string): Promise<T | undefined> {
  return work.catch(() => undefined);
}

/** As `despiteFailure`, for a promise that nobody awaits. */
export function ignoreFailure(work: Promise<unknown>, _reason: string): void {
  work.catch(() => undefined);
}
