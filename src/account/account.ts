/**
 * Shares the budget and the binds of each server among the instances of one pool.
 * Times are epoch milliseconds by the clock of the instance, unless said otherwise. Every call may be rejected with an
 * SmppError (SMPP_STORE_*) where the shared store cannot be reached; the call may have taken effect all the same.
 */
export interface Account {
  /** Id of this instance among those that share the pool. */
  readonly instance: string;
  /**
   * Sets the server's contracted rate for all instances. To be called before anything else about the server.
   * @param throughput PDUs a second, 0 = no limit
   */
  contract(server: string, throughput: number): Promise<void>;
  /** Asks for permits, and reports earlier ones. */
  permits(server: string, request: PermitRequest): Promise<PermitAnswer>;
  /**
   * Halves the rate for all instances, because the platform said "too fast". Calls of several instances within a second
   * halve it once.
   * @param goal PDUs a second to which the rate grows back
   * @returns the rate in force now, PDUs a second; null = the contracted rate
   */
  throttled(server: string, throughput: number, goal: number): Promise<number | null>;
  /**
   * Gives a sign of life, reports what this instance wants and holds, and renews its binds. To be called every second.
   */
  beat(report: InstanceReport): Promise<Beat>;
  /** Gives back everything that this instance holds. */
  leave(servers: readonly string[]): Promise<void>;
}

/** Milliseconds a bind stays with an instance after its last sign of life. */
export const BIND_LEASE = 10_000;
/** Milliseconds after its time, plus the slack, during which a permit may be used; after that it is void. */
export const PERMIT_KEPT = 50;
/** Milliseconds, plus the slack, by which permits are given out ahead of their time. */
export const PERMITS_AHEAD = 40;
/**
 * Most slack in milliseconds: where instances are slow, permits are given out earlier and may be used later by the
 * slack.
 */
export const MOST_SLACK = 200;

/**
 * Milliseconds that a PDU may take to the platform where its instance reports nothing of it: its place stays taken for
 * so much longer. An instance that dies, or cannot reach the account, does not report its last second.
 */
export const UNHEARD = 1000;

/** Leave to submit one PDU to one server, once. */
export interface Permit {
  /** The permit may not be used before. */
  readonly at: number;
  /** The permit may not be used after. */
  readonly until: number;
  /**
   * The permit's place in the budget, which has as many places as PDUs a second; -1 where there is no contracted rate.
   */
  readonly place: number;
  /** When the place became free, by the account's own clock. */
  readonly freeSince: number;
  /** When the place becomes free again if the permit is not reported, by the account's own clock. */
  readonly takenUntil: number;
}

export interface PermitUse {
  readonly permit: Permit;
  /** When the permit's place may be used again; null where the permit was not used. */
  readonly freeAt: number | null;
}

export interface PermitRequest {
  /** The contracted rate as in `contract`, in case the store has forgotten it. */
  readonly throughput: number;
  /** Number of permits. */
  readonly wanted: number;
  /** Milliseconds by which this instance, on a busy machine or far from the account, is late with what it does. */
  readonly slack: number;
  /** What became of earlier permits. */
  readonly used: readonly PermitUse[];
}

export interface PermitAnswer {
  /** At most as many as wanted, in the order of their times. */
  readonly permits: readonly Permit[];
  /** When the next permit after these can be used. */
  readonly next: number;
  /** Instances that want permits, this one included. */
  readonly askers: number;
  /** Milliseconds of slack in force for all instances: that of the slowest. */
  readonly slack: number;
  /** The rate in force while throttled, PDUs a second; null = the contracted rate. */
  readonly reduced: number | null;
}

export interface InstanceReport {
  readonly servers: readonly {
    readonly server: string;
    readonly throughput: number;
    /** Binds (pairs) at this server over all instances. */
    readonly binds: number;
    /** False while the server is stopped in this instance: its share goes to the others. */
    readonly wanted: boolean;
    /**
     * Numbers of the binds this instance has, with those being given up: a bind can go to another only once it is
     * missing here.
     */
    readonly held: readonly number[];
  }[];
  /** Plain data for the snapshots of the other instances; nothing secret. */
  readonly about: unknown;
}

export interface Beat {
  readonly servers: readonly {
    /** Numbers of the binds this instance has now. A bind that it held and that is missing here belongs to another. */
    readonly held: readonly number[];
    /** Fair share of this instance: it must give up binds beyond this number. */
    readonly share: number;
    readonly reduced: number | null;
  }[];
  /** True where an instance has gone silent without leaving: what it knows may not be in the store. */
  readonly missing: boolean;
  /** `about` of every instance that lives, this one included, by `instance`. */
  readonly instances: ReadonlyMap<string, unknown>;
}
