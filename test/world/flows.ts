import type { Books } from './books';
import type { Chance } from './chance';
import type { Conditions } from './profiles';
import type { Definition, Message, Red } from './red';

const SENDERS = ['send-1', 'send-2'];
/** Numbers that messages go to; few enough that several messages are on their way to one. */
const NUMBERS = Array.from({ length: 300 }, (_, index) => `9198765${String(43000 + index)}`);
const PARTS_OF_LIST = 5;

export interface PortOf {
  readonly host: string;
  readonly port: number;
}

/** The flow file of a world: two flows that send, one that listens. @param change how often the pool was changed */
export function flowFile(conditions: Conditions, servers: readonly PortOf[], name = 'main', change = 0): Definition[] {
  const { pool, sendFails, hearsSegments } = conditions;
  const rows = servers.map((server) => ({ ...server, enabled: true }));
  const sending = SENDERS.flatMap((id, index): Definition[] => {
    const z = `flow-${String(index)}`;
    return [
      { id: `source-${id}`, type: 'world-source', z, wires: [[id]] },
      { id, type: 'smpp-send', z, pool: 'pool', failures: sendFails, wires: [[`ledger-${id}`], [`ledger-${id}`]] },
      { id: `ledger-${id}`, type: 'world-ledger', z },
    ];
  });
  const dlr = { type: 'smpp-dlr-in', z: 'hearing', pool: 'pool', unmatched: true };
  return [
    {
      ...pool,
      ...{ id: 'pool', type: 'smpp-pool', name, servers: rows, addressRange: change === 0 ? '' : `^${String(change)}` },
      credentials: { systemId: 'world', password: 'secret' },
    },
    ...sending,
    { id: 'reports', ...dlr, emit: 'message', incoming: true, wires: [['ledger-reports'], ['ledger-incoming']] },
    ...(hearsSegments
      ? [{ id: 'segments', ...dlr, emit: 'segment', unmatched: false, wires: [['ledger-reports']] }]
      : []),
    { id: 'ledger-reports', type: 'world-ledger', z: 'hearing' },
    { id: 'ledger-incoming', type: 'world-ledger', z: 'hearing' },
  ];
}

/** Makes up what the flows send. */
export class TrafficSource {
  readonly #chance: Chance;
  readonly #conditions: Conditions;
  readonly #books: Books;
  #count = 0;

  constructor(chance: Chance, conditions: Conditions, books: Books) {
    this.#chance = chance;
    this.#conditions = conditions;
    this.#books = books;
  }

  /** Lets a flow send one message, or many at once. */
  send(red: Red): void {
    const chance = this.#chance;
    const burst = chance.happens(this.#conditions.traffic.burst) ? chance.whole(50, 400) : 1;
    const node = red.node(`source-${chance.pick(SENDERS)}`);
    if (node) for (let count = 0; count < burst; count++) node.send(this.#message());
  }

  /** Notes what a smpp-send node was given. */
  given(node: string, msg: Message, at: number): void {
    const { world } = msg;
    for (const to of world.to as string[]) {
      this.#books.given({ tag: world.tag, to, node, urgent: world.urgent, invalid: world.invalid }, at);
    }
  }

  #message(): Message {
    const chance = this.#chance;
    const { traffic } = this.#conditions;
    const tag = `w${String(++this.#count)}.`;
    const invalid = chance.happens(traffic.invalid);
    const list = !invalid && chance.happens(traffic.list);
    const to = list ? this.#numbers(chance.whole(2, PARTS_OF_LIST)) : [invalid ? 'nobody' : chance.pick(NUMBERS)];
    const urgent = chance.happens(traffic.urgent);
    const expiring = chance.happens(traffic.expiring);
    const size = chance.happens(traffic.long) ? chance.whole(170, 500) : chance.whole(20, 60);
    // The tag is in every part of a long text.
    let text = `${tag} `.repeat(Math.ceil(size / (tag.length + 1)));
    if (chance.happens(traffic.unicode)) text = `नमस्ते ${text}`;
    return {
      topic: list ? to : to[0],
      payload: text,
      reference: { tag },
      world: { tag, to, urgent, invalid },
      sms: { priority: urgent ? 'urgent' : 'normal', ...(expiring && { validity: chance.whole(1, 20) }) },
    };
  }

  #numbers(count: number): string[] {
    const first = this.#chance.whole(0, NUMBERS.length - count);
    return NUMBERS.slice(first, first + count);
  }
}
