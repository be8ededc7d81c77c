import { Lane } from '../base/lane';
import type { OutcomeError } from '../store/outcome';
import type { OutboxMessage, SentMessage } from '../store/store';

/** A message that was leased from the store, until its outcome is handed over. */
export interface LeasedMessage {
  readonly message: OutboxMessage;
  /** Its place among all that were leased. */
  readonly order: number;
  /** Segments submitted and not answered. */
  inFlight: number;
  /** Why it cannot succeed any more; it ends when nothing of it is in flight. */
  failure: Failure | null;
  /** The server that answered last, for the outcome. */
  server: string | null;
  /** By segment, once two servers have accepted segments of it. */
  servers: (string | null)[] | null;
  answeredAt: number | null;
  /** What is remembered of it so far, once a segment was accepted. */
  sent: SentMessage | null;
  ended: boolean;
  /** Once it has ended: resolves when its outcome is stored and handed over. */
  settling: Promise<void> | null;
  /** Another instance has it by now: what is in flight here may still end it, nothing is submitted any more. */
  lost: boolean;
  /** The bind that its segments go by; null before the first of several, and once that bind is gone. */
  bind: BacklogBind | null;
  /** The server that had trouble with it; another one pulls it, where one is up. */
  avoid: string | null;
  /** Its segments that wait here, the first of a chain in their order. */
  queued: QueuedSegment | null;
  queuedCount: number;
  /** Where it stands in line; null where nothing of it waits, or it was set aside. */
  lanes: Lanes | null;
  /** Set aside: what is given back of it waits until it is lined up again. */
  aside: boolean;
  /** What the platform said last that was no final answer. */
  trouble: Trouble | null;
}

export interface Failure {
  readonly kind: 'refused' | 'expired' | 'unknown';
  readonly error: OutcomeError;
}

/** The platform's word for not now, how often in a row, and which server said it last. */
export interface Trouble {
  readonly name: string;
  readonly server: string;
  readonly times: number;
  /** How often the message was set aside for being throttled alone. */
  readonly asides: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Segments that the server had accepted by then, of whatever message. */
  readonly passed: number;
}

/** One segment on its way. */
export interface QueuedSegment {
  readonly leased: LeasedMessage;
  /** Index of the segment, from 0. */
  readonly segment: number;
  /** The next one of its message that waits. */
  next: QueuedSegment | null;
  /** Of the budget it was last sent on. */
  ticket: number;
  /** Answers of the class retry-elsewhere. */
  troubles: number;
  /** Links that broke, or response timeouts that passed, while it was unanswered. */
  losses: number;
}

/** A bind, as far as the backlog knows it: what has begun on it follows there. */
export interface BacklogBind {
  /** True when a submit would go out now. */
  readonly ready: boolean;
  readonly isBound: boolean;
  readonly followers: Lanes;
  submit(frame: Buffer, segment: QueuedSegment): void;
}

/** A server, as far as the backlog knows it: what has begun there and lost its bind follows by any other. */
export interface BacklogServer {
  readonly name: string;
  readonly binds: readonly BacklogBind[];
  readonly followers: Lanes;
}

/** How far a server looks past messages that avoid it. */
const LOOK_AHEAD = 64;

/** Two lanes of messages, the urgent one first. */
export class Lanes {
  readonly urgent = new Lane<LeasedMessage>();
  readonly normal = new Lane<LeasedMessage>();
  /** Of all the messages in them. */
  segments = 0;

  get first(): LeasedMessage | undefined {
    return this.urgent.first ?? this.normal.first;
  }

  lane({ message }: LeasedMessage): Lane<LeasedMessage> {
    return message.urgent ? this.urgent : this.normal;
  }
}

/**
 * What is leased from the store and not submitted yet. The unit is the message: one of which nothing was submitted goes to any
 * server that pulls; of one that has begun the rest stands in line at its bind, or at its server. Among all that a server may have,
 * the urgent comes first, else what was leased first.
 */
export class Backlog {
  readonly #unbegun = new Lanes();
  readonly #servers: readonly BacklogServer[];
  #size = 0;
  /** The highest that ever stood in line. */
  #lastOrder = -1;

  constructor(servers: readonly BacklogServer[]) {
    this.#servers = servers;
  }

  /** Segments that stand in line. */
  get size(): number {
    return this.#size;
  }

  /** Segments of messages that any server may have. */
  get unbegun(): number {
    return this.#unbegun.segments;
  }

  /** Segments that this server may have, now or when a bind of it has room. */
  sizeFor(server: BacklogServer): number {
    let size = this.#unbegun.segments;
    if (size === this.#size) return size;
    size += server.followers.segments;
    for (const bind of server.binds) size += bind.followers.segments;
    return size;
  }

  /** A new message: what the platform has not accepted of it. @param server where it has begun; null where it has not */
  add(leased: LeasedMessage, server: BacklogServer | null): void {
    const { messageIds } = leased.message;
    for (let segment = messageIds.length - 1; segment >= 0; segment--) {
      if (messageIds[segment] !== null) continue;
      leased.queued = { leased, segment, next: leased.queued, ticket: 0, troubles: 0, losses: 0 };
      leased.queuedCount += 1;
    }
    this.#enter(leased, server ? server.followers : this.#unbegun);
  }

  /** Takes back a segment that could not be submitted, or has to be again, to the place it had. */
  giveBack(segment: QueuedSegment): void {
    const { leased } = segment;
    let before: QueuedSegment | null = null;
    let after = leased.queued;
    while (after && after.segment < segment.segment) {
      before = after;
      after = after.next;
    }
    segment.next = after;
    if (before) before.next = segment;
    else leased.queued = segment;
    leased.queuedCount += 1;
    if (leased.lanes) {
      leased.lanes.segments += 1;
      this.#size += 1;
    } else if (!leased.aside) {
      this.lineUp(leased);
    }
  }

  /** Puts a message in line, or in another one: at its bind, else among those that any server may have. */
  lineUp(leased: LeasedMessage): void {
    leased.aside = false;
    this.#leaveLine(leased);
    if (leased.queued) this.#enter(leased, leased.bind ? leased.bind.followers : this.#unbegun);
  }

  /** What is left of the message waits until it is lined up. */
  setAside(leased: LeasedMessage): void {
    leased.aside = true;
    this.#leaveLine(leased);
  }

  /** Nothing more of this message is to be sent. */
  drop(leased: LeasedMessage): void {
    this.#leaveLine(leased);
    leased.queued = null;
    leased.queuedCount = 0;
    leased.aside = false;
  }

  /** The next segment `server` may have; messages that avoid it are passed over only where `others` can take them. */
  pull(server: BacklogServer, others: boolean): QueuedSegment | undefined {
    const leased = this.#next(server, others);
    if (!leased) return undefined;
    const { lanes } = leased;
    const segment = leased.queued!;
    leased.queued = segment.next;
    leased.queuedCount -= 1;
    segment.next = null;
    lanes!.segments -= 1;
    this.#size -= 1;
    if (!leased.queued) this.#leaveLine(leased);
    return segment;
  }

  /** From now on this message goes by this bind. */
  follow(leased: LeasedMessage, bind: BacklogBind): void {
    leased.bind = bind;
    if (leased.lanes && leased.lanes !== bind.followers) this.lineUp(leased);
  }

  /** What has begun on a bind that is gone goes on by another of its server; where that cannot submit, by any. */
  bindGone(bind: BacklogBind, server: BacklogServer | null): void {
    this.#move(bind.followers, server ? server.followers : this.#unbegun);
  }

  serverGone(server: BacklogServer): void {
    this.#move(server.followers, this.#unbegun);
  }

  /** Takes out the messages that `unwanted` says, in order. */
  remove(unwanted: (leased: LeasedMessage) => boolean): LeasedMessage[] {
    const all = [this.#unbegun, ...this.#servers.flatMap(({ followers, binds }) => [followers, ...binds.map(ofBind)])];
    const removed = all
      .flatMap(({ urgent, normal }) => [...urgent, ...normal])
      .filter(unwanted)
      .sort(inOrder);
    for (const leased of removed) this.drop(leased);
    return removed;
  }

  #next(server: BacklogServer, others: boolean): LeasedMessage | undefined {
    let next = this.#firstFor(server.name, others);
    if (this.#unbegun.segments === this.#size) return next;
    next = earlier(next, server.followers.first);
    for (const { ready, followers } of server.binds) if (ready) next = earlier(next, followers.first);
    return next;
  }

  #firstFor(server: string, others: boolean): LeasedMessage | undefined {
    const { first, urgent, normal } = this.#unbegun;
    if (!others || first?.avoid !== server) return first;
    const fits = ({ avoid }: LeasedMessage): boolean => avoid !== server;
    return urgent.find(fits, LOOK_AHEAD) ?? normal.find(fits, LOOK_AHEAD);
  }

  #enter(leased: LeasedMessage, lanes: Lanes): void {
    const lane = lanes.lane(leased);
    const { first } = lane;
    // What is new comes after all that is there; what was there before comes near the front.
    if (!first || leased.order > this.#lastOrder) lane.push(leased);
    else lane.insert(leased, ({ order }) => order > leased.order);
    this.#lastOrder = Math.max(this.#lastOrder, leased.order);
    leased.lanes = lanes;
    lanes.segments += leased.queuedCount;
    this.#size += leased.queuedCount;
  }

  #leaveLine(leased: LeasedMessage): void {
    const { lanes } = leased;
    if (!lanes) return;
    lanes.lane(leased).delete(leased);
    lanes.segments -= leased.queuedCount;
    this.#size -= leased.queuedCount;
    leased.lanes = null;
  }

  #move(from: Lanes, to: Lanes): void {
    for (let leased = from.first; leased; leased = from.first) {
      this.#leaveLine(leased);
      leased.bind = null;
      this.#enter(leased, to);
    }
  }
}

function ofBind({ followers }: BacklogBind): Lanes {
  return followers;
}

function inOrder(a: LeasedMessage, b: LeasedMessage): number {
  return Number(b.message.urgent) - Number(a.message.urgent) || a.order - b.order;
}

function earlier(a: LeasedMessage | undefined, b: LeasedMessage | undefined): LeasedMessage | undefined {
  if (!a || !b) return a ?? b;
  return inOrder(a, b) <= 0 ? a : b;
}
