import type { Breach } from './books';
import { checkAtRest } from './checker';
import type { Profile } from './profiles';
import { begin } from './troubles';
import { World, type WorldOptions } from './world';

export interface RunOptions extends WorldOptions {
  /** Simulated minutes of traffic and trouble. */
  readonly minutes?: number;
}

export interface Verdict {
  readonly seed: number;
  readonly profile: Profile;
  /** At most a few: a world ends at the first moment with a breach. */
  readonly breaches: readonly Breach[];
  /** Simulated milliseconds, from the start to rest. */
  readonly time: number;
  readonly messages: number;
  readonly accepted: number;
  /** Reports that flows have heard. */
  readonly reports: number;
  /** Processes from start to end. */
  readonly lives: number;
  readonly steps: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Simulated milliseconds in which a world without trouble has to come to rest. */
const REST_LIMIT = 25 * MINUTE;
/** Milliseconds more than the pool waits for receipts. */
const RECEIPT_GRACE = 5 * SECOND;
/** Milliseconds that Node-RED gets to end. */
const END_LIMIT = 20 * SECOND;

/** Lives one world to its end, or to its first breach. */
export async function live({ minutes = 3, ...options }: RunOptions): Promise<Verdict> {
  const world = new World(options);
  const { timeline, books } = world;
  const broken = (): boolean => books.breaches.length > 0;
  const rejected = (error: unknown): void => {
    books.breach('no promise is rejected that nobody waits for', String(error), null, timeline.now);
  };
  process.on('unhandledRejection', rejected);
  try {
    world.start();
    world.countConnections();
    begin(world);
    await timeline.run(minutes * MINUTE, broken);
    if (!broken()) await rest(world, broken);
    if (!broken()) checkAtRest(books, world.terms, timeline.now);
    if (!broken()) await end(world);
  } finally {
    process.off('unhandledRejection', rejected);
  }
  const all = [...books.entries.values()];
  return {
    ...{ seed: world.seed, profile: world.profile, breaches: books.breaches, time: timeline.now, messages: all.length },
    accepted: all.filter(({ told }) => told.some(({ kind }) => kind === 'accepted')).length,
    reports: all.reduce((sum, { reported }) => sum + reported.length, 0),
    ...{ lives: books.lives.length, steps: timeline.steps },
  };
}

/** Without trouble everything comes to rest. */
async function rest(world: World, broken: () => boolean): Promise<void> {
  const { timeline, books, terms } = world;
  world.calm();
  const limit = timeline.now + REST_LIMIT;
  const quiet = terms.receiptWait * SECOND + RECEIPT_GRACE;
  let since = Infinity;
  while (timeline.now < limit && !broken()) {
    await timeline.run(timeline.now + SECOND, broken);
    since = world.atRest ? Math.min(since, timeline.now) : Infinity;
    if (timeline.now - since >= quiet) return;
  }
  if (broken()) return;
  const words = JSON.stringify(world.snapshot() ?? 'no pool').slice(0, 400);
  const left = `deliveries left: ${String(world.deliveries.waiting)}, deploys: ${String(world.red.deploying)}`;
  books.breach(
    'once the faults are over all binds are bound and nothing waits',
    `${left}, ${words}`,
    null,
    timeline.now,
  );
}

/** Node-RED ends: nothing of it may be left. */
async function end({ timeline, books, process: ending, network, red }: World): Promise<void> {
  let over = false;
  void red.end().then(() => (over = true));
  await timeline.run(timeline.now + END_LIMIT);
  const open = [...network.open].filter((socket) => socket.process === ending).length;
  if (!over) books.breach('Node-RED can end', 'its nodes do not close', null, timeline.now);
  if (ending.timers > 0 || open > 0) {
    const words = `${String(ending.timers)} timers, ${String(open)} connections`;
    books.breach('nothing is left once Node-RED has ended', words, null, timeline.now);
  }
  ending.kill();
}
