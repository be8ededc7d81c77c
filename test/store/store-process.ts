import { appendFileSync } from 'node:fs';
import type { SmppError } from '../../src/base/errors';
import { DiskStore } from '../../src/store/disk/disk-store';
import { outboxMessage, outcomeOf, sentMessage } from './messages';

// A store in a process of its own, for tests that kill it or take something away from it.
const [role = '', folder = '', journal = ''] = process.argv.slice(2);
const store = new DiskStore({ folder, queueLimit: 1_000_000, log: console });

/** Written before the next instruction, and not lost when this process is killed. */
function note(letter: string, id: string): void {
  appendFileSync(journal, `${letter}${id}.\n`);
}

/** Enqueues, leases, settles and tells as fast as it can until it is killed. */
async function traffic(): Promise<void> {
  void work();
  for (let n = 1; ;) {
    const burst = Array.from({ length: 1 + Math.floor(Math.random() * 8) }, async () => {
      const id = `m${String(n++)}`;
      note('e', id);
      await store.enqueue(outboxMessage(id, { urgent: Math.random() < 0.2 }));
      note('E', id);
    });
    await Promise.all(burst);
  }
}

async function work(): Promise<void> {
  for (;;) {
    const messages = await store.lease(6);
    await Promise.all(
      messages.map(async (message) => {
        const { id } = message;
        note('L', id);
        // Some are in flight for ever.
        if (Math.random() < 0.1) return;
        note('s', id);
        await store.settle(outcomeOf(message), sentMessage(id));
        note('S', id);
        if (Math.random() < 0.1) return;
        note('t', id);
        await store.told(id);
        note('T', id);
      }),
    );
  }
}

/** Fills the disk, makes room by ending messages, fills it again; prints what must be there. */
async function fill(): Promise<void> {
  const stored: string[] = [];
  let refused = '';
  const fillUp = async (prefix: string): Promise<void> => {
    let goesOn = true;
    for (let n = 0; goesOn;) {
      const burst = Array.from({ length: 10 }, async () => {
        const id = `${prefix}${String(n++)}`;
        try {
          await store.enqueue(outboxMessage(id, { msg: { payload: 'x'.repeat(30_000) } }));
          stored.push(id);
        } catch (error) {
          refused = (error as SmppError).code;
          goesOn = false;
        }
      });
      await Promise.all(burst);
    }
  };
  await fillUp('first');
  for (const message of await store.lease(400)) {
    await store.settle(outcomeOf(message), sentMessage(message.id));
    await store.told(message.id);
    stored.shift();
  }
  await fillUp('second');
  process.stdout.write(JSON.stringify({ refused, stored: stored.some((id) => id.startsWith('second')) ? stored : [] }));
}

async function main(): Promise<void> {
  // The store's own timers keep no process alive.
  const alive = setInterval(() => undefined, 1000);
  try {
    await store.open();
  } catch (error) {
    process.stdout.write(`${(error as SmppError).code} ${String(error)}`);
    clearInterval(alive);
    return;
  }
  if (role === 'traffic') await traffic();
  if (role === 'fill') await fill();
  if (role === 'hold') {
    process.stdout.write('held');
    return;
  }
  await store.close();
  clearInterval(alive);
}

void main();
