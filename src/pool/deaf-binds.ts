/**
 * A bind that has had receipts counts as deaf when it brings none for DEAF_AFTER milliseconds after its siblings brought DEAF_RECEIPTS for
 * each receiving bind. Their receipts must go on for STILL_HEARD milliseconds of that time: a burst speaks of one moment only.
 */
const DEAF_AFTER = 60_000;
const DEAF_RECEIPTS = 20;
const STILL_HEARD = DEAF_AFTER / 2;
/** Milliseconds a look may be late; above that this process did not listen meanwhile. */
const LATE = 250;

/** What speaks against one bind. Moments are those of the pool's clock. */
interface Hearing {
  /** True once the session that stands has had a receipt. A platform may prefer other binds from the start. */
  heard: boolean;
  /** Receipts of its siblings since its last one. */
  siblings: number;
  /** Since when those are enough; null before. */
  since: number | null;
  /** Of the siblings' last receipt. */
  last: number;
}

/** Which binds bring no receipts any more while others do. Pure: the caller says what came, and when. */
export class DeafBinds<B> {
  readonly #hearings = new Map<B, Hearing>();
  /** Of the last receipt on any bind. */
  #last = -Infinity;

  /** It must have a receipt on this session before it can be judged, so a platform that prefers one bind is not pestered. */
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
   * To be called every second or so.
   * @param listening all binds that might bring receipts now
   * @param late milliseconds by which this call comes too late, because the process stood still
   */
  find(listening: readonly B[], now: number, late: number): readonly B[] {
    if (late > LATE) {
      this.#leaveOut(late, now);
      return [];
    }
    // A platform that has nothing to say says it on every bind.
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

  /** The silence of a time in which we did not listen is ours; what lies in the sockets is read before the next look. */
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
