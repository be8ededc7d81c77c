import { EventEmitter } from 'node:events';
import { USER_DIR, type Process } from './process';

export type Message = Record<string, any>;

/** A node in a flow file. Nodes without `z` are config nodes. */
export interface Definition {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly name?: string;
  readonly wires?: readonly (readonly string[])[];
  readonly [property: string]: unknown;
}

export type DeployType = 'full' | 'flows' | 'nodes';

/** What a world hears of its Node-RED. */
export interface RedEvents {
  /** A message has reached a living node of this type. */
  received(node: RedNode, msg: Message): void;
  /** What a Catch node would get. */
  caught(node: RedNode, error: Error & { code?: string }, msg: Message | undefined): void;
  log(level: 'info' | 'warn' | 'error', words: string): void;
}

/** Milliseconds that Node-RED waits for a node to close. */
const CLOSE_TIMEOUT = 15_000;

type Input = (msg: Message, send: (msg: unknown) => void, done: (error?: Error) => void) => void;
type Close = (...given: unknown[]) => void;
type Constructor = (this: RedNode, definition: Definition) => void;

/** A node instance as Node-RED 4 makes it, as far as the product can see. */
export class RedNode {
  declare id: string;
  declare type: string;
  declare name: string | undefined;
  declare z: string | undefined;
  declare _alias: string | undefined;
  declare wires: readonly (readonly string[])[];
  declare credentials: Readonly<Record<string, string>>;
  declare red: Red;
  declare closed: boolean;
  declare inputs: Input[];
  declare closes: Close[];

  on(event: string, call: (...given: any[]) => void): void {
    if (event === 'input') this.inputs.push(call as Input);
    else if (event === 'close') this.closes.push(call);
  }

  send(msg: unknown): void {
    const outputs = (Array.isArray(msg) ? msg : [msg]) as (Message | readonly Message[] | null | undefined)[];
    let first = true;
    outputs.forEach((output, port) => {
      for (const one of [output ?? []].flat()) {
        one._msgid ??= this.red.newId();
        for (const id of this.wires[port] ?? []) {
          const target = this.red.node(id);
          if (!target) continue;
          const own = first ? one : copied(one);
          first = false;
          this.red.process.run('put off', () => target.receive(own));
        }
      }
    });
  }

  receive(msg: Message): void {
    if (this.closed) return;
    this.red.events.received(this, msg);
    for (const input of this.inputs) {
      try {
        input.call(
          this,
          msg,
          (out) => this.send(out),
          (error) => {
            if (error) this.error(error, msg);
          },
        );
      } catch (error) {
        this.error(error as Error, msg);
      }
    }
  }

  error(error: unknown, msg?: Message): void {
    const thrown = error instanceof Error || typeof error === 'object' ? (error as Error) : new Error(String(error));
    this.red.events.log('error', thrown.message);
    if (msg) this.red.events.caught(this, thrown, msg);
  }

  warn(words: string): void {
    this.red.events.log('warn', words);
  }

  log(words: string): void {
    this.red.events.log('info', words);
  }

  status(): void {
    // Nobody looks.
  }

  close(removed: boolean): Promise<void> {
    const { process } = this.red;
    const waits = this.closes.map((call) => {
      if (call.length === 0) {
        call.call(this);
        return null;
      }
      return new Promise<void>((resolve) => {
        const cancel = process.services.timeline.after(CLOSE_TIMEOUT, () => {
          this.red.events.log('error', `Error stopping node: Close timed out (${this.id})`);
          resolve();
        });
        const done = (): void => {
          cancel();
          resolve();
        };
        if (call.length === 2) call.call(this, removed, done);
        else call.call(this, done);
      });
    });
    return Promise.all(waits).then(() => {
      this.closed = true;
    });
  }
}

/** A model of Node-RED's runtime in one process: it makes nodes, wires them, and deploys as Node-RED 4.1 does. */
export class Red {
  readonly process: Process;
  readonly events: RedEvents;
  readonly bus = new EventEmitter();
  readonly #types = new Map<string, Constructor>();
  readonly #nodes = new Map<string, RedNode>();
  #config: { readonly flows: readonly Definition[] } = { flows: [] };
  #busy: Promise<void> = Promise.resolve();
  #ids = 0;
  /** Deploys under way. */
  deploying = 0;

  constructor(process: Process, events: RedEvents) {
    this.process = process;
    this.events = events;
    const { smppPool, smppSend, smppDlrIn, smppStatus } = process.product;
    for (const load of [smppPool, smppSend, smppDlrIn, smppStatus]) load(this.#api() as never);
    this.#types.set('world-source', function (this: RedNode, definition) {
      this.red.initialise(this, definition);
    });
    this.#types.set('world-ledger', function (this: RedNode, definition) {
      this.red.initialise(this, definition);
    });
  }

  get definitions(): readonly Definition[] {
    return this.#config.flows;
  }

  node(id: string): RedNode | null {
    return this.#nodes.get(id) ?? null;
  }

  newId(): string {
    this.#ids += 1;
    return `${this.process.services.chance.whole(0, 0xffffff).toString(16)}${this.#ids.toString(16)}`;
  }

  initialise(node: RedNode, definition: Definition): void {
    node.id = definition.id;
    node.type = definition.type;
    node.name = definition.name;
    node.z = definition.z;
    node.wires = definition.wires ?? [];
    node.credentials = (definition.credentials as RedNode['credentials'] | undefined) ?? {};
    node.inputs = [];
    node.closes = [];
    node.closed = false;
  }

  /** Starts the flows, or replaces them. Deploys follow one after the other. */
  deploy(flows: readonly Definition[], type: DeployType): void {
    this.deploying += 1;
    this.#busy = this.#busy.then(async () => {
      const changed = changedIds(this.#config.flows, flows);
      const removed = this.#config.flows
        .filter(({ id }) => !flows.some((other) => other.id === id))
        .map(({ id }) => id);
      this.#config = { flows };
      await this.#stop(type, [...changed], removed);
      this.#start();
      this.deploying -= 1;
    });
  }

  /** Node-RED ends as it should: SIGTERM. */
  async end(): Promise<void> {
    await this.#busy;
    await this.#stop('full', [], []);
  }

  async #stop(type: DeployType, changed: readonly string[], removed: readonly string[]): Promise<void> {
    if (this.#nodes.size === 0) return;
    const diff = { changed, removed };
    this.bus.emit('flows:stopping', { config: this.#config, type, diff });
    const tabs = new Set([...changed, ...removed].map((id) => this.#nodes.get(id)?.z ?? 'global'));
    const stopped = [...this.#nodes.values()].filter(({ id, z = 'global' }) => {
      if (type === 'full') return true;
      return changed.includes(id) || removed.includes(id) || (type === 'flows' && z !== 'global' && tabs.has(z));
    });
    // The global flow, which has the config nodes, is stopped last.
    stopped.sort((one, other) => Number(one.z === undefined) - Number(other.z === undefined));
    await Promise.all(stopped.map((node) => node.close(removed.includes(node.id))));
    for (const { id } of stopped) this.#nodes.delete(id);
  }

  #start(): void {
    const config = this.#config;
    const order = [...config.flows].sort((one, other) => Number(one.z !== undefined) - Number(other.z !== undefined));
    for (const definition of order) {
      if (this.#nodes.has(definition.id) || definition.d === true) continue;
      const node = Object.create(RedNode.prototype) as RedNode;
      node.red = this;
      this.#nodes.set(definition.id, node);
      this.#types.get(definition.type)!.call(node, structuredClone(definition));
    }
    this.bus.emit('flows:started', { config });
  }

  #api(): object {
    const nothing = (): undefined => undefined;
    return {
      _: (key: string, values?: object) => `${key}${values ? ` ${JSON.stringify(values)}` : ''}`,
      settings: { userDir: USER_DIR, nodeCloseTimeout: CLOSE_TIMEOUT },
      events: this.bus,
      log: { info: nothing, warn: nothing, error: (words: string) => this.events.log('error', words) },
      httpAdmin: { get: nothing, post: nothing },
      auth: { needsPermission: () => nothing },
      comms: { publish: nothing },
      nodes: {
        createNode: (node: RedNode, definition: Definition) => this.initialise(node, definition),
        registerType: (type: string, constructor: Constructor) => this.#types.set(type, constructor),
        getNode: (id: string) => this.node(id),
        eachNode: (call: (definition: Definition) => void) => this.#config.flows.forEach(call),
        getCredentials: nothing,
      },
      util: {
        generateId: () => this.newId(),
        cloneMessage: copied,
        getMessageProperty: (msg: Message, path: string) => path.split('.').reduce<any>((at, key) => at?.[key], msg),
        getSetting: nothing,
      },
    };
  }
}

/** Nodes that are new or differ, and those that use a config node that does. */
function changedIds(before: readonly Definition[], after: readonly Definition[]): Set<string> {
  const old = new Map(before.map((definition) => [definition.id, JSON.stringify(definition)]));
  const changed = new Set(after.filter((one) => old.get(one.id) !== JSON.stringify(one)).map(({ id }) => id));
  for (const { id, pool } of after) if (typeof pool === 'string' && changed.has(pool)) changed.add(id);
  return changed;
}

function copied<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copied) as T;
  if (Buffer.isBuffer(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)])) as T;
}
