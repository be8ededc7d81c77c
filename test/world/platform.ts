import type { Chance } from './chance';
import type { Link, Listener } from './network';
import {
  BIND_RECEIVER,
  BIND_TRANSCEIVER,
  BIND_TRANSMITTER,
  deliver,
  DELIVER_SM,
  ENQUIRE_LINK,
  GENERIC_NACK,
  pdu,
  PduStream,
  readSubmit,
  RESPONSE,
  SUBMIT_SM,
  text,
  UNBIND,
  type Deliver,
  type Pdu,
  type Submit,
} from './pdu';
import type { Timeline } from './timeline';

/** What the platform does wrong, and how often: probabilities, and milliseconds from least to most. */
export interface PlatformOdds {
  readonly answer: readonly [number, number];
  /** Submits that are taken and never answered. */
  readonly lost: number;
  /** Submits that are answered after the client has given up waiting. */
  readonly late: number;
  /** Milliseconds after which such an answer comes. */
  readonly lateBy: number;
  readonly twice: number;
  /** Submits that are refused, by command_status. */
  readonly refused: readonly (readonly [status: number, probability: number])[];
  /** Binds that are refused with a status of platform trouble. */
  readonly bindRefused: number;
}

/** A submit as the platform keeps it. */
export interface Copy {
  readonly server: PlatformServer;
  readonly session: PlatformSession;
  readonly submit: Submit;
  readonly at: number;
  readonly status: number;
  /** Message id where it was taken. */
  readonly id: string | null;
  /** Moment at which the last answer was written; null while none was. */
  answeredAt: number | null;
}

/** What the books of a world hear of the platform. */
export interface PlatformEvents {
  submitted(copy: Copy): void;
  /** A PDU that cannot be read, or does not belong where it came. */
  broken(words: string): void;
  /** A session is bound. @param bound sessions of the server now, those that it does not know to be dead included */
  bound(session: PlatformSession): void;
  trace(words: string): void;
}

export const ESME_RALYBND = 0x05;
const ESME_RSYSERR = 0x08;
const ESME_RTHROTTLED = 0x58;
const ESME_RINVBNDSTS = 0x04;
/** Milliseconds that the platform waits for the answer to a delivery. */
const DELIVERY_LIMIT = 30_000;
/** Milliseconds that the platform waits for the answer to its unbind. */
const UNBIND_LIMIT = 6000;
const SECOND = 1000;

/** One host:port of the platform. */
export class PlatformServer {
  readonly port: number;
  readonly name: string;
  /** Submits in any second, by their arrival; what is refused as too much does not count. 0 = no limit. */
  limit: number;
  /** Binds at a time. */
  readonly quota: number;
  readonly sessions = new Set<PlatformSession>();
  reachable: 'yes' | 'refused' | 'silent' | 'unknown' = 'yes';
  /** Binds are refused with this status; 0 = they are not. */
  refusesBinds = 0;
  /** It stands still until this moment: what arrives waits. */
  stalledUntil = 0;
  #arrived: number[] = [];

  constructor(port: number, name: string, limit: number, quota: number) {
    this.port = port;
    this.name = name;
    this.limit = limit;
    this.quota = quota;
  }

  /** Counts a submit. @returns false where it is one too many */
  takes(now: number): boolean {
    if (this.limit === 0) return true;
    const recent = this.#arrived.findIndex((at) => at > now - SECOND);
    this.#arrived = recent < 0 ? [] : this.#arrived.slice(recent);
    if (this.#arrived.length >= this.limit) return false;
    this.#arrived.push(now);
    return true;
  }
}

/** The platform of a world: its servers, and what it answers. It remembers every submit. */
export class Platform implements Listener {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly servers: readonly PlatformServer[];
  readonly events: PlatformEvents;
  odds: PlatformOdds;
  #count = 0;

  constructor(
    timeline: Timeline,
    chance: Chance,
    servers: readonly PlatformServer[],
    odds: PlatformOdds,
    events: PlatformEvents,
  ) {
    this.timeline = timeline;
    this.chance = chance;
    this.servers = servers;
    this.odds = odds;
    this.events = events;
  }

  accepts(port: number): PlatformServer['reachable'] {
    return this.#server(port)?.reachable ?? 'refused';
  }

  connected(port: number, link: Link): void {
    link.platform = new PlatformSession(this, this.#server(port)!, link);
  }

  /** Sessions that take deliveries. */
  receivers(): PlatformSession[] {
    return this.servers.flatMap(({ sessions }) => [...sessions]).filter((session) => session.receives);
  }

  /** Asks all sessions of a server to leave, then refuses connections. @param answers whether it says unbind first */
  close(server: PlatformServer, how: 'unbind' | 'reset' | 'close', until: number): void {
    server.reachable = this.chance.happens(0.8) ? 'refused' : 'silent';
    for (const session of [...server.sessions]) {
      if (how === 'unbind') session.leave();
      else if (how === 'reset') session.link.reset();
      else session.link.close();
    }
    this.timeline.at(until, () => {
      server.reachable = 'yes';
    });
  }

  nextId(): string {
    this.#count += 1;
    return (0x5a0000 + this.#count * 7).toString(16).padStart(10, '0');
  }

  #server(port: number): PlatformServer | undefined {
    return this.servers.find((server) => server.port === port);
  }
}

/** One connection of a client, as the platform sees it. */
export class PlatformSession {
  readonly server: PlatformServer;
  readonly link: Link;
  /** A deaf session brings nothing to the client. */
  deaf = false;
  open = true;
  endedAt: number | null = null;
  readonly #platform: Platform;
  readonly #stream = new PduStream();
  #mode: number | null = null;
  #sequence = 0;
  #leaving = false;
  readonly #deliveries = new Map<number, (status: number | null) => void>();

  constructor(platform: Platform, server: PlatformServer, link: Link) {
    this.#platform = platform;
    this.server = server;
    this.link = link;
  }

  get receives(): boolean {
    return this.open && this.#mode !== null && this.#mode !== BIND_TRANSMITTER && !this.deaf && !this.#leaving;
  }

  get bound(): boolean {
    return this.#mode !== null;
  }

  received(octets: Buffer): void {
    const { timeline, events } = this.#platform;
    if (this.server.stalledUntil > timeline.now) {
      timeline.at(this.server.stalledUntil, () => {
        if (this.open) this.received(octets);
      });
      return;
    }
    try {
      for (const one of this.#stream.push(octets)) if (this.open) this.#take(one);
    } catch (error) {
      events.broken(String(error));
      this.link.reset();
    }
  }

  gone(): void {
    this.open = false;
    this.endedAt = this.#platform.timeline.now;
    this.server.sessions.delete(this);
    for (const answered of [...this.#deliveries.values()]) answered(null);
    this.#deliveries.clear();
  }

  /** Says unbind, waits for the answer, closes. */
  leave(): void {
    if (this.#leaving || this.#mode === null) return;
    this.#leaving = true;
    this.#write(pdu(UNBIND, 0, ++this.#sequence));
    this.#platform.timeline.after(UNBIND_LIMIT, () => {
      if (this.open) this.link.close();
    });
  }

  /** Brings a delivery. @param answered hears the status; null where there was no answer */
  bring(what: Deliver, answered: (status: number | null) => void): void {
    const sequence = ++this.#sequence;
    const over = (status: number | null): void => {
      if (!this.#deliveries.delete(sequence)) return;
      answered(status);
    };
    this.#deliveries.set(sequence, over);
    this.#platform.timeline.after(DELIVERY_LIMIT, () => {
      over(null);
    });
    this.#write(pdu(DELIVER_SM, 0, sequence, deliver(what)));
  }

  #take({ command, status, sequence, body }: Pdu): void {
    switch (command) {
      case BIND_RECEIVER:
      case BIND_TRANSMITTER:
      case BIND_TRANSCEIVER:
        this.#bind(command, sequence);
        return;
      case SUBMIT_SM:
        this.#submit(sequence, body);
        return;
      case ENQUIRE_LINK:
        this.#write(pdu(ENQUIRE_LINK + RESPONSE, 0, sequence));
        return;
      case UNBIND:
        this.#leaving = true;
        this.#write(pdu(UNBIND + RESPONSE, 0, sequence));
        this.link.close();
        return;
      case UNBIND + RESPONSE:
        this.link.close();
        return;
      case DELIVER_SM + RESPONSE:
        if (!this.#deliveries.has(sequence))
          this.#platform.events.trace(`a late answer to delivery ${String(sequence)}`);
        this.#deliveries.get(sequence)?.(status);
        return;
      case ENQUIRE_LINK + RESPONSE:
        return;
      default:
        this.#platform.events.broken(`a PDU with command 0x${command.toString(16)}`);
        this.#write(pdu(GENERIC_NACK, 3, sequence));
    }
  }

  #bind(command: number, sequence: number): void {
    const { chance, odds, timeline, events } = this.#platform;
    const { server } = this;
    let status = server.refusesBinds;
    if (status === 0 && server.sessions.size >= server.quota) status = ESME_RALYBND;
    if (status === 0 && chance.happens(odds.bindRefused)) status = ESME_RSYSERR;
    if (status === 0) {
      this.#mode = command;
      server.sessions.add(this);
    }
    events.trace(`${server.name} bind → 0x${status.toString(16)}`);
    timeline.after(chance.between(...odds.answer), () => {
      this.#write(pdu(command + RESPONSE, status, sequence, status === 0 ? text('world') : undefined));
      if (status === 0) events.bound(this);
      else timeline.after(50, () => this.link.close());
    });
  }

  #submit(sequence: number, body: Buffer): void {
    const { chance, odds, timeline, events } = this.#platform;
    const submit = readSubmit(body);
    let status = 0;
    if (this.#mode === null || this.#mode === BIND_RECEIVER) status = ESME_RINVBNDSTS;
    else if (!this.server.takes(timeline.now)) status = ESME_RTHROTTLED;
    else for (const [code, probability] of odds.refused) if (status === 0 && chance.happens(probability)) status = code;
    const id = status === 0 ? this.#platform.nextId() : null;
    const copy: Copy = {
      server: this.server,
      session: this,
      submit,
      at: timeline.now,
      status,
      id,
      answeredAt: null,
    };
    events.submitted(copy);
    const answer = (): void => {
      if (!this.open) return;
      copy.answeredAt = timeline.now;
      this.#write(pdu(SUBMIT_SM + RESPONSE, status, sequence, id === null ? undefined : text(id)));
    };
    const takes = chance.between(...odds.answer);
    if (status === 0 && chance.happens(odds.lost)) return;
    if (status === 0 && chance.happens(odds.late)) {
      timeline.after(odds.lateBy + takes, answer);
      return;
    }
    timeline.after(takes, answer);
    if (chance.happens(odds.twice)) timeline.after(takes + chance.between(0, 500), answer);
  }

  #write(octets: Buffer): void {
    const { timeline } = this.#platform;
    if (!this.open) return;
    if (this.server.stalledUntil > timeline.now) timeline.at(this.server.stalledUntil, () => this.#write(octets));
    else this.link.toClient.send(octets);
  }
}
