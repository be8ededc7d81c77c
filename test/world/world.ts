import { Books } from './books';
import { Chance } from './chance';
import { Watch, type Terms } from './checker';
import { Disk } from './disk/disk';
import { flowFile, TrafficSource } from './flows';
import { Network } from './network';
import { SUBMIT_SM } from './pdu';
import { Platform, PlatformServer } from './platform';
import { Process } from './process';
import { draw, profileOf, type Conditions, type Profile } from './profiles';
import type { Program } from './program';
import { Deliveries } from './receipts';
import { Red, type Message, type RedNode } from './red';
import { Timeline } from './timeline';

export interface WorldOptions {
  readonly seed: number;
  readonly profile?: Profile;
  readonly program: Program;
  /** Hears the story, line by line. @param key the message concerned */
  readonly trace?: (at: number, words: string, key: string | null) => void;
}

interface Snapshot {
  readonly state: string;
  readonly bound: number;
  readonly binds: number;
  readonly queue: { readonly waiting: number; readonly inFlight: number };
}

const SECOND = 1000;
const PORT = 2775;

/** One Node-RED, its disk, the network and the platform, all of one seed. */
export class World {
  readonly seed: number;
  readonly profile: Profile;
  readonly conditions: Conditions;
  readonly timeline = new Timeline();
  readonly chance: Chance;
  readonly books = new Books();
  readonly platform: Platform;
  readonly network: Network;
  readonly disk: Disk;
  readonly deliveries: Deliveries;
  readonly #program: Program;
  readonly #watch: Watch;
  readonly terms: Terms;
  readonly #source: TrafficSource;
  readonly #trace: WorldOptions['trace'];
  readonly #chanceOfProcesses: Chance;
  process!: Process;
  red!: Red;
  /** Milliseconds by which the system's clock is ahead. */
  wrongBy = 0;
  /** False once there is no more trouble and no more traffic. */
  stormy = true;
  #handset = 0;

  constructor({ seed, profile = profileOf(seed), program, trace }: WorldOptions) {
    this.seed = seed;
    this.profile = profile;
    this.conditions = draw(seed, profile);
    this.#program = program;
    this.#trace = trace;
    const { timeline, books, conditions } = this;
    this.chance = new Chance(seed ^ 0x5eed);
    this.#chanceOfProcesses = this.chance.branch();
    const { pool } = conditions;
    const throughput = pool.throughput as number;
    const sessions = (pool.binds as number) * (pool.bindMode === 'transceiver' ? 1 : 2);
    this.terms = {
      throughput,
      sessions,
      durable: pool.store === 'disk',
      receiptWait: pool.receiptWait as number,
      hearsSegments: conditions.hearsSegments,
      hearsIncoming: true,
    };
    this.#watch = new Watch(books, this.terms);
    const servers = Array.from(
      { length: conditions.servers },
      (_, index) => new PlatformServer(PORT + index, `server ${String(index + 1)}`, throughput, sessions),
    );
    this.platform = new Platform(timeline, this.chance.branch(), servers, conditions.platform, {
      submitted: (copy) => {
        const key = books.ofSubmit(copy)?.key ?? null;
        this.trace(`${copy.server.name} got a submit → 0x${copy.status.toString(16)} ${copy.id ?? ''}`, key);
        this.#watch.submitted(copy, timeline.now);
        this.deliveries.submitted(copy);
      },
      broken: (words) => books.breach('the platform understands every PDU', words, null, timeline.now),
      bound: ({ server }) => this.trace(`${server.name} has a bind (${String(server.sessions.size)})`),
      trace: (words) => this.trace(words),
    });
    this.network = new Network(timeline, this.chance.branch(), this.platform, conditions.network);
    this.network.wrote = (port, octets) => {
      for (let at = 0; at + 16 <= octets.length; at += octets.readUInt32BE(at)) {
        if (octets.readUInt32BE(at + 4) === SUBMIT_SM) this.#watch.submitWritten(port, timeline.now);
      }
    };
    this.disk = new Disk(timeline, this.chance.branch(), conditions.disk);
    this.disk.failed = () => books.diskFailures.push(timeline.now);
    this.disk.committed = (octets) => books.committed(octets, timeline.now);
    this.deliveries = new Deliveries(this.platform, this.chance.branch(), conditions.receipts, {
      due: (receipt) => books.ofSubmit(receipt.copy)?.receipts.push(receipt),
      taken: (what) => {
        if ('tag' in what) this.trace(`part ${String(what.part)} of ${what.tag} was taken`, what.tag);
        else this.trace(`receipt ${what.copy.id!} ${what.state} was taken`, books.ofSubmit(what.copy)?.key);
      },
      unanswered: (words) => books.breach('every delivery is answered', words, null, timeline.now),
      trace: (words) => this.trace(words),
    });
    this.#source = new TrafficSource(this.chance.branch(), conditions, books);
  }

  trace(words: string, key: string | null | undefined = null): void {
    this.#trace?.(this.timeline.now, words, key);
  }

  /** Starts a Node-RED, as after a boot or a crash. */
  start(): void {
    const { timeline, books } = this;
    this.trace(`Node-RED starts (${String(books.life + 1)})`);
    books.lives.push({ from: timeline.now, to: Infinity, killed: false });
    this.process = new Process(this.#program, {
      timeline,
      chance: this.#chanceOfProcesses,
      network: this.network,
      disk: this.disk,
      wrongBy: () => this.wrongBy,
      log: (words) => this.trace(`log: ${words}`),
      uncaught: (error) => {
        const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
        books.breach('nothing is thrown that nobody catches', words, null, timeline.now);
      },
    });
    this.red = new Red(this.process, {
      received: (node, msg) => this.#received(node, msg),
      caught: (node, error, msg) => this.#caught(node, error, msg),
      log: (level, words) => this.trace(`${level}: ${words}`),
    });
    this.red.deploy(this.flows(), 'full');
  }

  flows(name = 'main', change = 0): ReturnType<typeof flowFile> {
    const servers = this.platform.servers.map(({ port }) => ({ host: '10.0.0.1', port }));
    return flowFile(this.conditions, servers, name, change);
  }

  kill(): void {
    this.trace('Node-RED is killed');
    const life = this.books.lives.at(-1)!;
    life.to = this.timeline.now;
    life.killed = true;
    this.process.kill();
  }

  /** Lets a flow send. */
  send(): void {
    const { process, red } = this;
    if (!process.dead) process.arrive(this.timeline.now, () => this.#source.send(red));
  }

  /** A handset writes to us. */
  handsetWrites(): void {
    const tag = `m${String(++this.#handset)}.`;
    const parts = this.chance.happens(0.3) ? this.chance.whole(2, 3) : 1;
    const from = `91900000${String(this.#handset % 100)}`;
    this.books.incoming.set(tag, { tag, parts: [], heard: [] });
    this.deliveries.fromHandset(tag, from, '5757', parts, (part) => this.books.incoming.get(tag)!.parts.push(part));
  }

  snapshot(): Snapshot | null {
    const pool = this.red.node('pool') as unknown as { readonly handle: { snapshot(): Snapshot } } | null;
    return pool?.handle.snapshot() ?? null;
  }

  /** Looks once a second at how many connections stand. */
  countConnections(): void {
    const counts = new Map<number, number>();
    for (const { port, process } of this.network.open) {
      if (!process.dead) counts.set(port, (counts.get(port) ?? 0) + 1);
    }
    for (const [port, open] of counts) this.#watch.connections(port, open, this.timeline.now);
    this.timeline.after(SECOND, () => {
      if (this.stormy) this.countConnections();
    });
  }

  /** All faults are over. */
  calm(): void {
    this.stormy = false;
    this.trace('no more trouble, no more traffic');
    const { platform, deliveries, disk } = this;
    const none = { lost: 0, late: 0, twice: 0, refused: [], bindRefused: 0 };
    platform.odds = { ...platform.odds, ...none };
    deliveries.odds = { ...deliveries.odds, twice: 0, missing: 0 };
    disk.mood = { ...disk.mood, failing: 0 };
    disk.brokenUntil = disk.fullUntil = 0;
    for (const server of platform.servers) {
      server.reachable = 'yes';
      server.refusesBinds = 0;
      server.stalledUntil = 0;
      server.limit = this.terms.throughput;
      for (const session of server.sessions) session.deaf = false;
    }
    if (this.process.dead) this.start();
  }

  get atRest(): boolean {
    if (this.red.deploying > 0 || this.deliveries.waiting > 0) return false;
    const snapshot = this.snapshot();
    if (!snapshot) return false;
    const { state, bound, binds, queue } = snapshot;
    return state === 'up' && bound === binds && queue.waiting === 0 && queue.inFlight === 0;
  }

  #received(node: RedNode, msg: Message): void {
    const { now } = this.timeline;
    if (node.type === 'smpp-send') {
      this.#source.given(node.id, msg, now);
      this.trace(`given to ${node.id}`, `${String(msg.world.tag)}>${String(msg.world.to[0])}`);
    } else if (node.id.startsWith('ledger-send')) {
      this.#told(msg, (msg.error as { code?: string } | undefined)?.code ?? null);
    } else if (node.id === 'ledger-incoming') {
      const text = String(msg.payload);
      const tag = /^m\d+\./.exec(text)?.[0] ?? '';
      this.trace(`the flow has heard ${tag}`, tag);
      this.#watch.incoming(this.books.incoming.get(tag), text, now);
    } else if (node.id === 'ledger-reports') this.#reported(msg);
  }

  #caught(node: RedNode, error: Error & { code?: string }, msg: Message | undefined): void {
    if (node.type === 'smpp-send' && msg?.smpp) this.#told(msg, error.code ?? null);
  }

  #told(msg: Message, code: string | null): void {
    const { smpp, world } = msg;
    const to = String(smpp.to);
    const { outcome: kind, id, possibleDuplicate, messageIds, warnings } = smpp;
    const entry =
      this.books.of(world?.tag, to) ?? this.books.of(world?.tag, (world?.to as string[] | undefined)?.[0] ?? '');
    this.trace(`told ${kind as string} ${code ?? ''}${possibleDuplicate ? ' (maybe twice)' : ''}`, entry?.key);
    const { now: at } = this.timeline;
    const { life } = this.books;
    this.#watch.told(entry, { at, life, kind, id, code, possibleDuplicate, messageIds, warnings });
  }

  #reported(msg: Message): void {
    const { smpp, sent, payload } = msg;
    if (!smpp.matched) {
      this.trace(`a report that matches nothing: ${String(payload.messageId)} ${String(payload.state)}`);
      return;
    }
    const entry = this.books.of(sent.reference?.tag, String(sent.to));
    const at = this.timeline.now;
    const scope = payload.segments ? 'message' : 'segment';
    this.trace(`reported ${scope as string} ${String(payload.state)}`, entry?.key);
    if (!entry) {
      this.books.breach('no report comes out of nothing', JSON.stringify(sent), null, at);
      return;
    }
    const { life } = this.books;
    const segment = smpp.segment as number | null;
    this.#watch.reported(entry, {
      at,
      life,
      scope,
      state: payload.state,
      segment,
      warnings: smpp.warnings,
      raw: smpp.raw,
    });
  }
}
