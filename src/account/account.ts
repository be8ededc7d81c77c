/**
 * What several instances of one pool have in common at the platform: the budget and the binds of each server.
 * Times are epoch milliseconds by the clock of the instance, unless said otherwise. Every call may be rejected with an
 * SmppError (SMPP_STORE_*) where the others cannot be reached; it may have taken effect all the same.
 */
export interface Account {
  /** Of this instance, as the others see it. */
  readonly instance: string;
  /** Makes this the contract of the server for all instances. To be called before anything else about the server. */
  contract(server: string, throughput: number): Promise<void>;
  permits(server: string, request: PermitRequest): Promise<PermitAnswer>;
  /**
   * The platform said "too fast": halves the rate for all, once for all who heard it of one moment.
   * @param goal PDUs a second: what it grows back to
   * @returns the rate in force now
   */
  throttled(server: string, throughput: number, goal: number): Promise<number | null>;
  /** Says that this instance lives, what it wants and what it holds; renews its binds. To be called every second. */
  beat(report: InstanceReport): Promise<Beat>;
  /** Gives back all it holds. */
  leave(servers: readonly string[]): Promise<void>;
}

/** Milliseconds a bind stays with an instance that does not say any more that it lives. */
export const BIND_LEASE = 10_000;
/** Milliseconds after its time during which a permit may still be used, and the slack beside; what is not used by then is void. */
export const PERMIT_KEPT = 50;
/** Milliseconds that permits are given out ahead of their time, and the slack beside. */
export const PERMITS_AHEAD = 40;
/** Milliseconds at most that permits are given out further ahead, and kept longer, where instances are slow. */
export const MOST_SLACK = 200;

/**
 * Milliseconds that the way to the platform may take a PDU of which nothing is heard: its place stays taken for so much longer.
 * An instance that dies, or loses the account, reports nothing of its last second.
 */
export const UNHEARD = 1000;

/** Leave to submit one PDU to one server, once. */
export interface Permit {
  /** Not before. */
  readonly at: number;
  /** Not after. */
  readonly until: number;
  /** Its place in the budget, there are as many as PDUs a second; -1 where no contract limits. */
  readonly place: number;
  /** Since when the place was free, and until when it is taken if nothing is heard of it; both in the account's own time. */
  readonly freeSince: number;
  readonly takenUntil: number;
}

export interface PermitUse {
  readonly permit: Permit;
  /** From when on its place may be used again; null where the permit was not used. */
  readonly freeAt: number | null;
}

export interface PermitRequest {
  /** As with `contract`, in case it was forgotten. */
  readonly throughput: number;
  readonly wanted: number;
  /** Milliseconds by which this instance, on a busy machine or far from the account, is late with what it does. */
  readonly slack: number;
  /** What became of earlier permits. */
  readonly used: readonly PermitUse[];
}

export interface PermitAnswer {
  /** As many as wanted, or fewer; in the order of their times. */
  readonly permits: readonly Permit[];
  /** When the next one, after these, can be used. */
  readonly next: number;
  /** Instances that want permits, this one included. */
  readonly askers: number;
  /** In force for all: that of the slowest of them. */
  readonly slack: number;
  /** The rate in force while throttled, PDUs a second; null = the contract. */
  readonly reduced: number | null;
}

export interface InstanceReport {
  readonly servers: readonly {
    readonly server: string;
    readonly throughput: number;
    /** Binds (pairs) the account has there, over all instances. */
    readonly binds: number;
    /** False while it is stopped here: its share is for the others. */
    readonly wanted: boolean;
    /** Numbers of the binds it has, those that are just being given up included: none of them is another's before it is missing here. */
    readonly held: readonly number[];
  }[];
  /** For the others' snapshots; plain data, nothing secret. */
  readonly about: unknown;
}

export interface Beat {
  readonly servers: readonly {
    /** Numbers of the binds it has now. What it held and is missing here is another's. */
    readonly held: readonly number[];
    /** Its fair share: what it has above that shall be given up. */
    readonly share: number;
    readonly reduced: number | null;
  }[];
  /** True where an instance was not heard of lately, and did not say that it leaves: what it knows may not be in the store. */
  readonly missing: boolean;
  /** `about` of every instance that lives, this one included, by `instance`. */
  readonly instances: ReadonlyMap<string, unknown>;
}
