// Hours of an operator's life in minutes: traffic through a pool with a disk store, while the servers of the platform are drained,
// stopped, throttled, silenced and cut, one after the other. Every round is accounted for; the first thing that is wrong ends it.
// npm run soak -- MINUTES
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { createSimulator } = require('../dist/src/simulator/simulator.js');
const { Pool } = require('../dist/src/pool/pool.js');
const { poolSettings } = require('../dist/src/pool/settings.js');
const { defaultSettings } = require('../dist/src/pool/settings-table.js');
const { DiskStore } = require('../dist/src/store/disk/disk-store.js');

const RATE = 100;
/** Milliseconds. */
const TRAFFIC = 8000;
const PATIENCE = 90_000;

/** The defaults, but links that are given up soon. */
const VALUES = { ...defaultSettings(), from: 'ALERTS', enquireLink: 5, responseTimeout: 5, receiptExpiry: 120 };

/** What happens to a server in the middle of a round; `marked`: messages may come twice, and must say so. */
const EVENTS = [
  { name: 'drain', marked: false, path: 'drain' },
  { name: 'stop', marked: true, path: 'stop' },
  { name: 'throttle', marked: false, path: 'faults', body: { throttle: true } },
  { name: 'silence', marked: true, path: 'faults', body: { silent: true } },
  { name: 'delay', marked: true, path: 'faults', body: { delayMs: 1000 } },
  { name: 'cut', marked: true, path: 'faults', body: { cut: true } },
];

if (process.argv[2] === 'platform') await platform();
else await soak(Number(process.argv[2] ?? 5));

/** The platform in a process of its own, so that its memory does not count as the pool's. */
async function platform() {
  const simulator = await createSimulator({ servers: 2, throughput: 100, binds: 6, dlrDelay: 200 });
  process.send({ ports: simulator.servers.map(({ port }) => port), controlUrl: simulator.controlUrl });
  process.on('disconnect', () => process.exit());
}

async function soak(minutes) {
  if (!(minutes > 0)) throw new Error('npm run soak -- MINUTES');
  const child = fork(fileURLToPath(import.meta.url), ['platform']);
  const [{ ports, controlUrl }] = await once(child, 'message');
  const folder = await mkdtemp(join(tmpdir(), 'smpp-soak-'));
  const log = { info: () => undefined, warn: () => undefined, error: (line) => console.log(`  ${line}`) };
  const servers = ports.map((port) => ({ host: '127.0.0.1', port, tls: false, binds: 2, throughput: 100 }));
  const store = new DiskStore({ folder, queueLimit: VALUES.queueLimit, log });
  const pool = new Pool(poolSettings(VALUES, { servers, systemId: 'demo', password: 'demo', tls: {} }), { store, log });
  try {
    await pool.open();
    const end = performance.now() + minutes * 60_000;
    const books = listen(pool);
    pool.resume();
    for (let round = 0; performance.now() < end; round++) {
      await run(round, pool, books, controlUrl);
    }
    console.log('nothing lost, nothing doubled without a word');
  } finally {
    await pool.close(5000);
    child.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes down what the flows are told: how often for each message. */
function listen(pool) {
  const books = { outcomes: new Map(), reports: new Map(), unmatched: 0 };
  pool.attachSender('soak', (outcome) => {
    books.outcomes.set(outcome.id, [...(books.outcomes.get(outcome.id) ?? []), outcome]);
  });
  pool.attachReceipts({
    emit: 'message',
    intermediate: false,
    unmatched: true,
    incoming: false,
    handle({ sent }) {
      if (sent) books.reports.set(sent.id, (books.reports.get(sent.id) ?? 0) + 1);
      else books.unmatched += 1;
    },
  });
  return books;
}

async function run(round, pool, books, controlUrl) {
  const event = EVENTS[Math.floor(round / 2) % EVENTS.length];
  const server = `${controlUrl}/servers/${(round % 2) + 1}`;
  books.outcomes.clear();
  books.reports.clear();
  books.unmatched = 0;
  await until('bound', () => pool.snapshot().state === 'up');
  await post(`${controlUrl}/reset`);

  const sent = new Map();
  const start = performance.now();
  let phase = 0;
  while (performance.now() - start < TRAFFIC) {
    while (sent.size < ((performance.now() - start) / 1000) * RATE) {
      const text = `round ${round} message ${sent.size}${sent.size % 10 === 0 ? ', a long one'.repeat(20) : ''}`;
      const message = { to: '919812345678', text, priority: sent.size % 25 === 0 ? 'urgent' : 'normal' };
      sent.set(pool.send({ node: 'soak', message, msg: { _msgid: String(sent.size) } }), text);
    }
    const elapsed = performance.now() - start;
    if (phase === 0 && elapsed > TRAFFIC / 4) {
      phase = 1;
      await post(`${server}/${event.path}`, event.body);
    } else if (phase === 1 && elapsed > (TRAFFIC * 3) / 4) {
      phase = 2;
      await post(event.path === 'faults' ? `${server}/faults` : `${server}/start`);
    }
    await sleep(10);
  }
  await until('an outcome for each', () => books.outcomes.size === sent.size);
  await until('a report for each', () => books.reports.size === sent.size);
  await until('bound again', () => pool.snapshot().state === 'up');

  const taken = new Map();
  for (const { text } of await (await fetch(`${controlUrl}/messages`)).json()) {
    taken.set(text, (taken.get(text) ?? 0) + 1);
  }
  let doubled = 0;
  for (const [id, text] of sent) {
    const [outcome, ...more] = books.outcomes.get(id);
    check(more.length === 0, `${text}: ${more.length + 1} outcomes`);
    check(outcome.kind === 'accepted', `${text}: ${outcome.kind}, ${outcome.error?.message}`);
    check(books.reports.get(id) === 1, `${text}: ${books.reports.get(id)} reports`);
    const times = taken.get(text) ?? 0;
    check(times > 0, `${text}: accepted, but the platform does not know it`);
    check(times === 1 || outcome.possibleDuplicate, `${text}: taken ${times} times without a word`);
    check(
      !outcome.possibleDuplicate || event.marked,
      `${text}: marked as a possible duplicate in a round without losses`,
    );
    if (times > 1) doubled += 1;
  }
  globalThis.gc?.();
  const heap = (process.memoryUsage().heapUsed / (1 << 20)).toFixed(1);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `round ${round + 1}: ${event.name} of server ${(round % 2) + 1}, ${sent.size} messages, each with its outcome and report ` +
      `after ${seconds} s; ${doubled} twice and marked; heap ${heap} MB`,
  );
}

function check(right, words) {
  if (!right) throw new Error(words);
}

async function until(what, condition) {
  const end = performance.now() + PATIENCE;
  while (!condition()) {
    check(performance.now() < end, `${what}: not after ${PATIENCE / 1000} s`);
    await sleep(20);
  }
}

async function post(url, body = {}) {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  check(answer.ok, `${url}: ${answer.status}`);
}
