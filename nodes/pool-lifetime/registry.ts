import type { EventEmitter } from 'node:events';
import { background } from '../../src/base/background';
import { hasArrived, type Handover, type OutcomeHandler, type PoolLog } from '../../src/pool/listeners';
import { serverName } from '../../src/pool/settings';
import type { Outcome } from '../../src/store/outcome';
import { PoolHandle, type PoolOwner } from './pool-handle';
import { namedIds } from './store-keeper';

/** Milliseconds that a pool waits for its next node in a deploy: flows that fail to start never say so. */
const DEPLOY_LIMIT = 15_000;
/** Milliseconds that a closing pool waits for submits in flight; less where Node-RED gives its nodes less. */
const CLOSE_LIMIT = 8000;

type FlowNode = Readonly<Record<string, unknown>> & { readonly id: string };

/** The payload of Node-RED's events flows:stopping and flows:started. */
interface FlowsEvent {
  /** The flows as they are to be from now on. */
  readonly config: { readonly flows: readonly FlowNode[] } | null;
  readonly diff?: { readonly changed?: readonly string[] } | null;
}

type TroubleLog = Pick<PoolLog, 'warn' | 'error'>;

const pools = new Map<string, PoolHandle>();
const senders = new Map<string, OutcomeHandler>();
const watched = new WeakSet<EventEmitter>();
let running = false;
/** True while Node-RED stops its flows without a deploy: the process may end, and the messages in memory with it. */
let ending = false;
/** Ids of messages whose outcome no flow hears while Node-RED ends; the log names them in one line. */
const atEnd: string[] = [];
let started: FlowsEvent['config'] | undefined;
let closeLimit = CLOSE_LIMIT;
let deployTimer: NodeJS.Timeout | undefined;
let onceStarted: (() => void)[] = [];
/** Whether a pool whose node is stopped keeps its binds, queue and submits for the next instance of the node. */
let keeps: (owner: PoolOwner) => boolean = () => false;

/**
 * Follows the flows' starts and stops; to be called whenever the package is loaded, works once for each event bus.
 * @param nodeCloseTimeout milliseconds that Node-RED waits for a node to close
 */
export function watchFlows(events: EventEmitter, nodeCloseTimeout = 15_000): void {
  closeLimit = Math.min(CLOSE_LIMIT, Math.max(nodeCloseTimeout / 2, nodeCloseTimeout - 2000));
  if (watched.has(events)) return;
  watched.add(events);
  events.on('flows:stopping', flowsStopping);
  events.on('flows:started', (event: FlowsEvent) => {
    started = event.config;
    flowsStarted();
  });
}

/** The pool of this node: the one that the node's last instance had, or a new one. */
export function adoptPool(owner: PoolOwner): PoolHandle {
  const pool = pools.get(owner.id) ?? new PoolHandle(owner.id, senders);
  pools.set(owner.id, pool);
  pool.adopt(owner);
  return pool;
}

/** To be called when the node instance closes. Resolves once its pool is closed, or kept for the next instance. */
export async function leavePool(pool: PoolHandle, owner: PoolOwner, removed: boolean): Promise<void> {
  if (pool.owner !== owner) return;
  pool.release();
  if (removed || !keeps(owner)) await pool.close(closeLimit);
  if (ending) await pool.end();
}

export function allPools(): Iterable<PoolHandle> {
  return pools.values();
}

/** The handler gets the outcomes of this node's messages from every pool. @returns what detaches it */
export function attachSender(node: string, handler: OutcomeHandler): () => void {
  senders.set(node, handler);
  for (const pool of pools.values()) pool.attachSender(node, handler);
  return () => {
    senders.delete(node);
    for (const pool of pools.values()) pool.detachSender(node);
  };
}

/** Calls once, when the flows run: a message sent earlier may find nobody to receive it. @returns what cancels it */
export function whenStarted(call: () => void): () => void {
  onceStarted.push(call);
  return () => {
    onceStarted = onceStarted.filter((other) => other !== call);
  };
}

/** Hands an outcome that no pool keeps to its node again, or to the node's next instance, until it has arrived. */
export function seeArrived(outcome: Outcome, handedOver: Handover, log: TroubleLog): void {
  const told = hasArrived(handedOver).then((arrived) => {
    if (arrived) return;
    if (running) tellAgain(outcome, log);
    else tellOnceStarted(outcome, log);
  });
  background(told, log, 'an outcome could not be told');
}

function tellAgain(outcome: Outcome, log: TroubleLog): void {
  const { id, kind, node } = outcome;
  const handler = senders.get(node);
  if (!handler) {
    log.warn(`the outcome of message ${id} (${kind}) has no smpp-send node ${node} to go to`);
    return;
  }
  try {
    seeArrived(outcome, handler(outcome), log);
  } catch (error) {
    log.error(`the outcome of message ${id} (${kind}) waits for the next deploy: ${wordsOf(error)}`);
    tellOnceStarted(outcome, log);
  }
}

function tellOnceStarted(outcome: Outcome, log: TroubleLog): void {
  whenStarted(() => {
    tellAgain(outcome, log);
  });
  if (!ending) return;
  atEnd.push(outcome.id);
  if (atEnd.length > 1) return;
  setImmediate(() => {
    const ids = atEnd.splice(0);
    log.warn(`${String(ids.length)} messages were not sent, and no flow was told: ${namedIds(ids, ids.length)}`);
  });
}

function flowsStopping({ config, diff }: FlowsEvent): void {
  const before = started;
  // A deploy replaces Node-RED's configuration before it stops the flows. When Node-RED ends, the configuration stays.
  const deploying = config !== before;
  running = false;
  ending = !deploying;
  keeps = ({ definitionId, plan }) => {
    if (!deploying || !plan.keepOnDeploy) return false;
    return !diff?.changed?.includes(definitionId) || onlyRenamed(definitionId, before, config);
  };
  for (const pool of pools.values()) {
    pool.pause();
    if (ending && !pool.owner) background(pool.end(), pool.log, 'pools');
  }
  clearTimeout(deployTimer);
  if (deploying) deployTimer = setTimeout(closeAbandonedInBackground, DEPLOY_LIMIT).unref();
}

function onlyRenamed(id: string, before: FlowsEvent['config'] | undefined, after: FlowsEvent['config']): boolean {
  const [old, now] = [before, after].map((config) => config?.flows.find((node) => node.id === id));
  if (!old || !now || old.name === now.name) return false;
  return JSON.stringify({ ...old, name: '' }) === JSON.stringify({ ...now, name: '' });
}

function flowsStarted(): void {
  running = true;
  ending = false;
  clearTimeout(deployTimer);
  for (const pool of pools.values()) pool.resume();
  background(settle(), console, 'pools');
  const calls = onceStarted;
  onceStarted = [];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      // One node's failure must not keep other nodes from their calls.
      console.error(`a node failed when the flows started: ${wordsOf(error)}`);
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function closeAbandonedInBackground(): void {
  background(closeAbandoned(), console, 'pools');
}

/** Closes pools without a node. What the flows have not heard of stays in the pools' stores. */
async function closeAbandoned(): Promise<void> {
  await eachPool(async (pool) => {
    if (!pool.owner) await pool.close(closeLimit);
  });
}

/** Closes the unwanted pools and only then opens the wanted ones, so that no account has more binds than it needs. */
async function settle(): Promise<void> {
  await eachPool(async (pool) => {
    await pool.closeUnwanted(closeLimit);
  });
  await eachPool(async (pool) => {
    if (!running) return;
    if (pool.owner?.inUse()) await open(pool, pool.owner);
    else await pool.tellTheRest();
    // In the middle of a deploy a pool may wait for the next instance of its node without an owner: it is kept.
    if (running && pool.disposable) pools.delete(pool.id);
  });
}

async function eachPool(work: (pool: PoolHandle) => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from(pools.values(), async (pool) => {
      try {
        await work(pool);
      } catch (error) {
        pool.log.error(wordsOf(error));
      }
    }),
  );
}

async function open(pool: PoolHandle, owner: PoolOwner): Promise<void> {
  const isNew = !pool.upToDate;
  await pool.open(closeLimit);
  const twin =
    isNew &&
    [...pools.values()].find(
      (other) => other !== pool && other.isOpen && other.owner && samePlatform(owner, other.owner),
    );
  if (twin && twin.owner) owner.sharesAccount(twin.owner.name);
}

function samePlatform({ plan: one }: PoolOwner, { plan: other }: PoolOwner): boolean {
  const names = new Set(one.settings.servers.map(serverName));
  return (
    one.settings.systemId === other.settings.systemId &&
    other.settings.servers.some((server) => names.has(serverName(server)))
  );
}
