import { Lane } from '../base/lane';
import type { OutcomeError } from '../store/outcome';
import type { OutboxMessage, SentMessage } from '../store/store';

/** A message that was leased from the store, until its outcome is handed over. */
export interface LeasedMessage {
  readonly message: OutboxMessage;
  /** Counts up with every leased message: the order of leasing. */
  readonly order: number;
  /** Segments submitted and not answered. */
  inFlight: number;
  /** Why the message cannot succeed any more; it ends when nothing of it is in flight. */
  failure: Failure | null;
  /** True once it is to end as cancelled, as soon as nothing of it is in flight. */
  cancelling: boolean;
  /** The server that answered last, for the outcome. */
  server: string | null;
  /** The server that accepted each segment, once two servers have accepted segments of the message; null before. */
  servers: (string | null)[] | null;
  answeredAt: number | null;
  /** The sent message as stored for its receipts; null before a segment was accepted. */
  sent: SentMessage | null;
  ended: boolean;
  /** Resolves when the outcome is stored and handed over; null before the message has ended. */
  settling: Promise<void> | null;
  /** Another instance has the message now. Submits in flight here may still end it; nothing more is submitted. */
  lost: boolean;
  /** The bind that all segments of a long message go by; null before the first submit, and once that bind is gone. */
  bind: BacklogBind | null;
  /** The server that had trouble with the message: another server pulls it, where one is up. */
  avoid: string | null;
  /** The first of its waiting segments, which are chained by `next` in ascending order. */
  queued: QueuedSegment | null;
  queuedCount: number;
  /** The lanes that the message stands in; null where none of its segments waits, or it was set aside. */
  lanes: Lanes | null;
  /** True while set aside: segments that are given back wait until `lineUp`. */
  aside: boolean;
  /** The platform's last answer that was not final. */
  trouble: Trouble | null;
}

export interface Failure {
  readonly kind: 'refused' | 'expired' | 'unknown' | 'cancelled';
  readonly error: OutcomeError;
}

/** An answer that was not final: its ESME_* name, the server that gave it last, and how often it came in a row. */
export interface Trouble {
  readonly name: string;
  readonly server: string;
  readonly times: number;
  /** How often the message was set aside for being throttled alone. */
  readonly asides: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Segments of all messages that the server had accepted by then. */
  readonly passed: number;
}

/** One segment on its way. */
export interface QueuedSegment {
  readonly leased: LeasedMessage;
  /** Index of the segment, from 0. */
  readonly segment: number;
  /** The next waiting segment of the same message. */
  next: QueuedSegment | null;
  /** The budget's ticket of its last submit. */
  ticket: number;
  /** The number of answers of the class retry-elsewhere. */
  troubles: number;
  /** The number of links that broke, or response timeouts that passed, while the segment was unanswered. */
  losses: number;
}

/** A bind, as far as the backlog knows it. Messages that have begun on it wait in its `followers`. */
export interface BacklogBind {
  /** True when a submit would go out now. */
  readonly ready: boolean;
  readonly isBound: boolean;
  readonly followers: Lanes;
  submit(frame: Buffer, segment: QueuedSegment): void;
}

/** A server, as far as the backlog knows it. Messages that began on it and lost their bind wait in its `followers`. */
export interface BacklogServer {
  readonly name: string;
  readonly binds: readonly BacklogBind[];
  readonly followers: Lanes;
}

/** The number of messages, in each lane, among which a server looks for one that does not avoid it. */
const LOOK_AHEAD = 64;

/** Two lanes of messages, the urgent one first. */
export class Lanes {
  readonly urgent = new Lane<LeasedMessage>();
  readonly normal = new Lane<LeasedMessage>();
  /** The number of waiting segments of all messages in both lanes. */
  segments = 0;

  get first(): LeasedMessage | undefined {
    return this.urgent.first ?? this.normal.first;
  }

  lane({ message }: LeasedMessage): Lane<LeasedMessage> {
    return message.urgent ? this.urgent : this.normal;
  }
}

/**
 * Leased segments that are not submitted yet, by message. A message of which nothing was submitted goes to any server
 * that pulls. The rest of a message that has begun waits for its bind, or for its server once that bind is gone. A
 * server pulls urgent messages first, and otherwise the message that was leased first.
 */
export class Backlog {
  readonly #unbegun = new Lanes();
  readonly #servers: readonly BacklogServer[];
  #size = 0;
  /** The highest `order` that ever stood in line. */
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

  /** Urgent messages that any server may have. */
  get urgent(): number {
    return this.#unbegun.urgent.size;
  }

  /** Segments that this server may have, now or when a bind of it has room. */
  sizeFor(server: BacklogServer): number {
    let size = this.#unbegun.segments;
    if (size === this.#size) return size;
    size += server.followers.segments;
    for (const bind of server.binds) size += bind.followers.segments;
    return size;
  }

  /** Lines up the segments not accepted yet. @param server where the message has begun; null where it has not */
  add(leased: LeasedMessage, server: BacklogServer | null): void {
    const { messageIds } = leased.message;
    for (let segment = messageIds.length - 1; segment >= 0; segment--) {
      if (messageIds[segment] !== null) continue;
      leased.queued = { leased, segment, next: leased.queued, ticket: 0, troubles: 0, losses: 0 };
      leased.queuedCount += 1;
    }
    this.#enter(leased, server ? server.followers : this.#unbegun);
  }

  /** Puts a segment that has to be submitted again back in its place in the message. */
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

  /** Lines a message up at its bind, or, without a bind, for any server. Moves it where it stands elsewhere. */
  lineUp(leased: LeasedMessage): void {
    leased.aside = false;
    this.#leaveLine(leased);
    if (leased.queued) this.#enter(leased, leased.bind ? leased.bind.followers : this.#unbegun);
  }

  /** Takes the message out of line until `lineUp`. */
  setAside(leased: LeasedMessage): void {
    leased.aside = true;
    this.#leaveLine(leased);
  }

  /** Drops the message's waiting segments: nothing more of it is to be sent. */
  drop(leased: LeasedMessage): void {
    this.#leaveLine(leased);
    leased.queued = null;
    leased.queuedCount = 0;
    leased.aside = false;
  }

  /** Takes the server's next segment. @param others true: messages that avoid `server` are skipped */
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

  /** Ties the rest of a message to this bind. */
  follow(leased: LeasedMessage, bind: BacklogBind): void {
    leased.bind = bind;
    if (leased.lanes && leased.lanes !== bind.followers) this.lineUp(leased);
  }

  /** Moves the messages of a lost bind to its server; to any server where `server` is null, for it cannot submit. */
  bindGone(bind: BacklogBind, server: BacklogServer | null): void {
    this.#move(bind.followers, server ? server.followers : this.#unbegun);
  }

  serverGone(server: BacklogServer): void {
    this.#move(server.followers, this.#unbegun);
  }

  /** Drops the unwanted messages that wait. @returns these messages, urgent ones first, then in the order of leasing */
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
    // A new message goes to the end. One that stood in line before belongs near the front, so its place is searched
    // from there.
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
