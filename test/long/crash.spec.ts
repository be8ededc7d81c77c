import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { newUserDir, removeUserDir, type NodeRed } from '../support/node-red';
import {
  atPlatform,
  control,
  Ledger,
  setRate,
  SHORT,
  startTraffic,
  trafficFlow,
  type AtPlatform,
  type Entry,
} from '../support/traffic';

const RATE = 400;
/** Below the rate, so that messages wait when the process is killed; per server and second. */
const THROUGHPUT = 150;
/** Milliseconds the platform takes for an answer, so that submits are in flight when the process is killed. */
const DELAY = 25;
/** The longest time between flows that run and the kill, in milliseconds. */
const LIFE = 2000;
/** Group commits return within milliseconds, of a busy machine within this: what was given longer before the kill is on the disk. */
const COMMIT = 1000;

describe('Node-RED killed on the spot, again and again, under traffic', function () {
  this.timeout(480_000);
  let simulator: Simulator;
  let userDir: string;
  let ledger: Ledger;
  let nodeRed: NodeRed | undefined;
  /** Aborted when the test is over, one way or the other: one that took too long must start no more processes. */
  let test: AbortController;

  beforeEach(async () => {
    test = new AbortController();
    userDir = await newUserDir();
    ledger = new Ledger(userDir);
  });
  afterEach(async () => {
    test.abort();
    await nodeRed?.kill();
    await simulator.close();
    await removeUserDir(userDir);
  });

  /** Kills it `kills` times, then lets it live until nothing is open. @returns when each run was killed */
  async function crash(kills: number, onLinkLoss: string): Promise<number[]> {
    simulator = await createSimulator({ servers: 2, throughput: 0, dlrDelay: 100 });
    for (const server of [1, 2]) await control(simulator, `/servers/${server}/faults`, { delayMs: DELAY });
    const ports = simulator.servers.map(({ port }) => port);
    const flows = trafficFlow(ports, { throughput: THROUGHPUT, onLinkLoss, responseTimeout: 5 });
    const killedAt: number[] = [];
    for (let run = 0; run < kills; run++) {
      nodeRed = await startTraffic({ userDir, flows, run, rate: RATE });
      try {
        await pause(Math.random() * LIFE, undefined, { signal: test.signal });
      } finally {
        await nodeRed.kill();
      }
      killedAt.push(Date.now());
    }
    nodeRed = await startTraffic({ userDir, flows, run: kills, rate: 50 });
    await ledger.until(() => (ledger.of('given').some(({ run }) => run === kills) ? null : 'traffic of the last run'));
    await setRate(nodeRed, 0);
    await ledger.until(() => firstOpen(ledger, simulator), 100_000);
    return [...killedAt, Infinity];
  }

  it('loses nothing that was stored, doubles nothing without saying so, and matches the receipts', async () => {
    const killedAt = await crash(SHORT ? 6 : 16, 'resend');
    const platform = atPlatform(simulator);
    const outcomes = ledger.byTag('accepted', 'failed');

    assertStoredInOrder(ledger, platform, killedAt);
    assert.deepEqual(ledger.of('failed'), []);
    for (const [tag, all] of outcomes) {
      const { copies, whole } = platform.get(tag)!;
      assert.ok(whole, `${tag} is at the platform, with all its segments`);
      if (copies > 1) {
        assert.ok(
          all.every(({ smpp }) => smpp.possibleDuplicate),
          `${tag} is at the platform ${copies} times, its outcome does not say that it may be`,
        );
      }
    }
    assertOutcomesOnce(outcomes, killedAt);
    const doubtful = [...outcomes.values()].filter(([first]) => first!.smpp.possibleDuplicate).length;
    assert.ok(doubtful <= killedAt.length * 60, `${doubtful} possible duplicates: more than was in flight`);
    assertReceipts(ledger, outcomes);
  });

  it('with onLinkLoss "fail" sends nothing twice, and says so of what it does not know', async () => {
    const killedAt = await crash(SHORT ? 3 : 6, 'fail');
    const platform = atPlatform(simulator);
    const outcomes = ledger.byTag('accepted', 'failed');
    assertStoredInOrder(ledger, platform, killedAt);
    assertOutcomesOnce(outcomes, killedAt);
    for (const [tag, { copies }] of platform) assert.ok(copies <= 1, `${tag} is at the platform ${copies} times`);
    for (const [tag, [first]] of outcomes) {
      if (first!.line === 'accepted') assert.ok(platform.get(tag)?.whole, `${tag} was accepted`);
      else assert.equal(first!.error.code, 'SMPP_OUTCOME_UNKNOWN');
    }
    const unknown = [...outcomes.values()].filter(([first]) => first!.line === 'failed').length;
    assert.ok(unknown > 0 && unknown <= killedAt.length * 60, `${unknown} of unknown outcome`);
    assertReceipts(ledger, outcomes);
  });
});

/** What still has to come before the test can judge; null where that is nothing. */
function firstOpen(ledger: Ledger, simulator: Simulator): string | null {
  const outcomes = ledger.byTag('accepted', 'failed');
  const receipts = ledger.byTag('receipt');
  for (const [tag] of atPlatform(simulator)) if (!outcomes.has(tag)) return `outcome of ${tag}`;
  for (const [tag, [first]] of outcomes) {
    if (first!.line === 'accepted' && !receipts.has(tag)) return `receipt of ${tag}`;
  }
  const last = ledger.of('given').at(-1)!;
  return outcomes.has(last.tag) ? null : `outcome of the last message, ${last.tag}`;
}

/**
 * Group commits come in the order of the messages: in each run all up to some message were stored, and have an outcome;
 * only what was given in the last moment before the kill may be gone.
 */
function assertStoredInOrder(
  ledger: Ledger,
  platform: ReadonlyMap<string, AtPlatform>,
  killedAt: readonly number[],
): void {
  const outcomes = ledger.byTag('accepted', 'failed');
  for (const [run, killed] of killedAt.entries()) {
    const given = ledger.of('given').filter((entry) => entry.run === run);
    const gone = given.findIndex(({ tag }) => !outcomes.has(tag));
    if (gone < 0) continue;
    const { at, tag } = given[gone]!;
    // What is given before the store is open waits for that in memory; binds come after it.
    const bound = ledger.of('event').find(({ run: of, payload }) => of === run && payload.event === 'bind.up');
    const since = Math.max(at, bound?.at ?? Infinity);
    assert.ok(killed - since < COMMIT, `${tag} was given ${killed - at} ms before the kill and has no outcome`);
    for (const later of given.slice(gone)) {
      assert.ok(!outcomes.has(later.tag), `${later.tag} was stored, ${tag} before it was not`);
      assert.ok(!platform.has(later.tag), `${later.tag} was submitted without being stored`);
    }
  }
}

/** Once; again in a later run only where the process was killed before it could note that the flow knows. */
function assertOutcomesOnce(outcomes: ReadonlyMap<string, readonly Entry[]>, killedAt: readonly number[]): void {
  for (const [tag, all] of outcomes) {
    const runs = all.map(({ run }) => run);
    assert.equal(new Set(runs).size, runs.length, `two outcomes of ${tag} in one run`);
    for (const { run, at } of all.slice(0, -1)) {
      const left = killedAt[run]! - at;
      assert.ok(
        left < COMMIT,
        `${tag} was told ${left} ms before the kill of run ${run}, and again in ${runs.at(-1)!}`,
      );
    }
    const words = new Set(all.map(({ line, smpp }) => JSON.stringify([line, smpp.id, smpp.messageIds])));
    assert.equal(words.size, 1, `two different outcomes of ${tag}`);
  }
}

/** Every accepted message has its report, with its reference; unmatched is only what the platform took unknown to us. */
function assertReceipts(ledger: Ledger, outcomes: ReadonlyMap<string, readonly Entry[]>): void {
  const tagOf = new Map<string, string>();
  for (const [tag, [first]] of outcomes) {
    for (const id of first!.smpp.messageIds) if (id) tagOf.set(id, tag);
  }
  const seen = new Set<string>();
  for (const { run, payload, smpp, sent } of ledger.of('receipt')) {
    const tag = tagOf.get(payload.messageId);
    assert.equal(smpp.matched, tag !== undefined, `receipt ${payload.messageId} of ${tag}`);
    if (tag === undefined) continue;
    assert.equal(sent!.reference.tag, tag);
    assert.equal(payload.state, 'DELIVERED');
    assert.ok(!seen.has(`${run} ${tag}`), `two reports of ${tag} in one run`);
    seen.add(`${run} ${tag}`);
  }
}
