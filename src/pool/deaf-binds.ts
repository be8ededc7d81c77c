/**
 * A bind that has brought receipts counts as deaf when it brings none for DEAF_AFTER milliseconds after its siblings
 * brought DEAF_RECEIPTS for each receiving bind. The siblings' receipts must go on for STILL_HEARD milliseconds of that
 * time, for a burst proves one moment only.
 */
const DEAF_AFTER = 60_000;
const DEAF_RECEIPTS = 20;
const STILL_HEARD = DEAF_AFTER / 2;
/** Milliseconds that a call of `find` may be late. Above that, the process stood still and did not listen. */
const LATE = 250;

/** The evidence against one bind. Moments are milliseconds of the pool's clock. */
interface Hearing {
  /** True once the present session has brought a receipt. A platform may prefer other binds from the start. */
  heard: boolean;
  /** Receipts that its siblings brought since its own last one. */
  siblings: number;
  /** Since when the siblings' receipts are enough to judge by; null while they are too few. */
  since: number | null;
  /** When a sibling last brought a receipt. */
  last: number;
}

/** Finds binds that bring no receipts any more while others do. Pure: the caller says what came, and when. */
export class DeafBinds<B> {
  readonly #hearings = new Map<B, Hearing>();
  /** When any bind last brought a receipt. */
  #last = -Infinity;

  /** Begins a session. It is judged only after its first receipt, so a platform that prefers one bind is left alone. */
  bound(bind: B): void {
    this.#hearings.set(bind, { heard: false, siblings: 0, since: null, last: -Infinity });
  }

  received(bind: B, now: number): void {
    this.#last = now;
    for (const [other, hearing] of this.#hearings) {
      if (other === bind) {
        hearing.heard = true;
        forget(hearing);
      } else {
        hearing.siblings += 1;
        hearing.last = now;
      }
    }
  }

  /**
   * The deaf binds. To be called about once a second.
   * @param listening all binds that might bring receipts now
   * @param late milliseconds by which this call is late, because the process stood still
   */
  find(listening: readonly B[], now: number, late: number): readonly B[] {
    if (late > LATE) {
      this.#leaveOut(late, now);
      return [];
    }
    // Where no bind brings receipts, the platform has none to send.
    if (now - this.#last >= DEAF_AFTER) for (const hearing of this.#hearings.values()) forget(hearing);
    if (listening.length < 2) return [];
    const enough = DEAF_RECEIPTS * listening.length;
    return listening.filter((bind) => {
      const hearing = this.#hearings.get(bind);
      if (!hearing?.heard || hearing.siblings < enough) return false;
      hearing.since ??= now;
      return now - hearing.since >= DEAF_AFTER && hearing.last - hearing.since >= STILL_HEARD;
    });
  }

  /** Leaves the time of the standstill out of the evidence. The sockets are read before the next call of `find`. */
  #leaveOut(late: number, now: number): void {
    const later = (moment: number): number => Math.min(moment + late, now);
    this.#last = later(this.#last);
    for (const hearing of this.#hearings.values()) {
      if (hearing.since !== null) hearing.since = later(hearing.since);
      hearing.last = later(hearing.last);
    }
  }
}

/** A receipt came, or none could be expected: the evidence begins anew. */
function forget(hearing: Hearing): void {
  hearing.siblings = 0;
  hearing.since = null;
}
