/** Milliseconds that due times are rounded up to: with 5, any number of receipts needs at most 200 timers a second. */
const GRAIN = 5;

/** Jobs for later, all of which `clear` can drop at once. */
export class Timetable {
  readonly #buckets = new Map<number, { readonly timer: NodeJS.Timeout; readonly jobs: (() => void)[] }>();

  /** Runs the job after at least so many milliseconds. */
  after(milliseconds: number, job: () => void): void {
    const now = Date.now();
    const due = Math.ceil((now + milliseconds) / GRAIN) * GRAIN;
    const bucket = this.#buckets.get(due);
    if (bucket) {
      bucket.jobs.push(job);
      return;
    }
    this.#buckets.set(due, { jobs: [job], timer: setTimeout(() => this.#run(due), due - now) });
  }

  clear(): void {
    for (const { timer } of this.#buckets.values()) clearTimeout(timer);
    this.#buckets.clear();
  }

  #run(due: number): void {
    const { jobs } = this.#buckets.get(due)!;
    this.#buckets.delete(due);
    for (const job of jobs) job();
  }
}
