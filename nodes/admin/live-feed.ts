import type { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';
import { systemClock, type Cancel, type Clock } from '../../src/base/clock';
import { allPools } from '../pool-lifetime/registry';
import type { PoolHandle } from '../pool-lifetime/pool-handle';
import type { FeedGone, FeedSnapshot } from './feed-snapshot';

/** Milliseconds between two looks at the pools, and so the least between two messages about one pool. */
const INTERVAL = 1000;
/** Milliseconds that a pool without a node stays in view: a deploy may be replacing the node. */
const DEPLOY_GRACE = 15_000;
/** Most characters of an error that are shown. */
const WORDS = 240;
const TOPIC = 'smpp-pool/live';

export type Publish = (topic: string, data: FeedSnapshot | FeedGone, retain: boolean) => void;

/** The pool as open editors may see it. */
export function feedSnapshot(handle: PoolHandle, name: string): FeedSnapshot {
  const { owner, failure } = handle;
  const { servers, ...snapshot } = handle.snapshot();
  const words = (text: string | null): string | null => text && redact(text, handle.secrets);
  return {
    id: handle.id,
    name,
    inUse: owner?.inUse() ?? false,
    problem: words((owner?.plan.problem ?? failure)?.message ?? null),
    trouble: words(handle.trouble),
    snapshot: {
      ...snapshot,
      servers: servers.map(({ binds, lastError, ...server }) => ({
        ...server,
        lastError: lastError && { ...lastError, reason: words(lastError.reason)! },
        binds: binds.map((bind) => ({ ...bind, lastError: words(bind.lastError) })),
      })),
    },
  };
}

/**
 * Strikes secrets and telephone numbers out of an error's words, and cuts them to WORDS characters: whoever may look at
 * the editor sees them. Our own words hold neither, but some come from the platform, the TLS stack or a store.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const hidden = '•••';
  let words = text.replace(/\/\/[^\s/@]*@/g, `//${hidden}@`);
  for (const secret of secrets) if (secret !== '') words = words.replaceAll(secret, hidden);
  words = words.replace(/\+?\d{7,}/g, hidden);
  return words.length > WORDS ? `${words.slice(0, WORDS)}…` : words;
}

/**
 * Publishes the pools' snapshots to open editors: each pool at most once a second, and only where it has changed. While
 * no editor is open the feed looks at no pool and retains nothing.
 */
export class LiveFeed {
  readonly #pools: () => Iterable<PoolHandle>;
  readonly #publish: Publish;
  readonly #clock: Clock;
  /** Sessions of open editors. */
  readonly #watchers = new Set<string>();
  /** What editors were told last, by pool id; `ownedAt` is when the pool last had a node, milliseconds. */
  readonly #told = new Map<string, { readonly text: string; readonly name: string; readonly ownedAt: number }>();
  #cancel: Cancel | null = null;

  constructor(pools: () => Iterable<PoolHandle>, publish: Publish, clock: Clock = systemClock) {
    this.#pools = pools;
    this.#publish = publish;
    this.#clock = clock;
  }

  watch(session: string): void {
    this.#watchers.add(session);
    if (!this.#cancel) this.#tick();
  }

  unwatch(session: string): void {
    if (!this.#watchers.delete(session) || this.#watchers.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
    for (const id of this.#told.keys()) this.#forget(id);
  }

  #tick(): void {
    this.#cancel = this.#clock.after(INTERVAL, () => {
      this.#tick();
    });
    const now = this.#clock.now();
    const missing = new Set(this.#told.keys());
    for (const handle of this.#pools()) {
      const told = this.#told.get(handle.id);
      const ownedAt = handle.owner ? now : (told?.ownedAt ?? -Infinity);
      if (now - ownedAt >= DEPLOY_GRACE) continue;
      missing.delete(handle.id);
      const name = handle.owner?.name ?? told?.name ?? handle.id;
      const snapshot = feedSnapshot(handle, name);
      const text = JSON.stringify(snapshot);
      this.#told.set(handle.id, { text, name, ownedAt });
      if (text !== told?.text) this.#publish(`${TOPIC}/${handle.id}`, snapshot, true);
    }
    for (const id of missing) this.#forget(id);
  }

  /** Publishes without `retain`, by which the runtime drops the retained message. Editors would not hear of a null. */
  #forget(id: string): void {
    this.#told.delete(id);
    this.#publish(`${TOPIC}/${id}`, { id, gone: true }, false);
  }
}

interface Session {
  readonly session: string;
}

const fed = new WeakSet<EventEmitter>();

/**
 * Starts one feed for each event bus. The package's script in an editor announces itself when it is loaded and at every
 * connect: an editor that installs the package was connected before it had the script.
 */
export function feedEditors(RED: NodeAPI): void {
  if (fed.has(RED.events)) return;
  fed.add(RED.events);
  const feed = new LiveFeed(allPools, (topic, data, retain) => {
    RED.comms.publish(topic, data, retain);
  });
  RED.events.on(`comms:message:${TOPIC}`, ({ session }: Session) => {
    feed.watch(session);
  });
  RED.events.on('comms:connection-removed', ({ session }: Session) => {
    feed.unwatch(session);
  });
}
