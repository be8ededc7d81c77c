import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from '../../src/pool/pool';
import { seededRandom } from '../../src/simulator/random';
import { encodePdu } from '../../src/smpp/codec';
import { MAX_PDU_LENGTH } from '../../src/smpp/framing';
import { MemoryStore } from '../../src/store/memory';
import { fastClock } from '../support/clock';
import { eventually } from '../support/eventually';
import { closePlatforms, FakePlatform, type Link } from '../support/fake-platform';
import { poolSettings } from '../support/pool-run';

const PDUS = Number(process.env.FUZZ_PDUS ?? 30_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const BINDS = 3;
/** Mutated PDUs between two questions whether the link lives. */
const BATCH = 50;
/** One in so many mutations may hurt the framing, which ends the connection. */
const FRAMING = 300;
const MEGABYTE = 1 << 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapInMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / MEGABYTE;
}

/** PDUs of every kind a platform sends, and some it should not. */
function originals(random: () => number): Buffer[] {
  const sequence = Math.floor(random() * 3000);
  const number = `9198${String(Math.floor(random() * 1e8)).padStart(8, '0')}`;
  const address = { source_addr_ton: 1, source_addr_npi: 1, source_addr: number, destination_addr: '56767' };
  const text = Buffer.from(
    `id:${String(sequence)} sub:001 dlvrd:001 submit date:2401021530 done date:2401021531 stat:DELIVRD err:000 text:alarm`,
  );
  const part = Buffer.from([5, 0, 3, sequence & 0xff, 3, 1 + (sequence % 3), 0x61]);
  const long = { ...address, esm_class: 0x40, short_message: part };
  const payload = { message: Buffer.alloc(2000, 'x') };
  return [
    encodePdu('deliver_sm', { ...address, esm_class: 4, short_message: text }, sequence),
    encodePdu('deliver_sm', { ...address, esm_class: 4, receipted_message_id: number, message_state: 2 }, sequence),
    encodePdu('deliver_sm', { ...address, data_coding: 8, short_message: Buffer.from('04100411', 'hex') }, sequence),
    encodePdu('deliver_sm', long, sequence),
    encodePdu('deliver_sm', { ...address, message_payload: payload }, sequence),
    encodePdu('data_sm', { ...address, esm_class: 4, message_payload: { message: text } }, sequence),
    encodePdu('submit_sm_resp', { message_id: number }, sequence),
    encodePdu('submit_sm_resp', {}, sequence, 0x58),
    encodePdu('data_sm_resp', { message_id: number }, sequence),
    encodePdu('enquire_link', {}, sequence),
    encodePdu('enquire_link_resp', {}, sequence),
    encodePdu('generic_nack', {}, sequence, 0x03),
    encodePdu('bind_transceiver_resp', { system_id: 'fuzz' }, sequence),
    encodePdu('alert_notification', { source_addr: number, esme_addr: '1' }, sequence),
    encodePdu('outbind', { system_id: 'a', password: 'b' }, sequence),
    encodePdu('submit_sm', { ...address, short_message: text }, sequence),
    encodePdu('query_sm', { message_id: number, source_addr: number }, sequence),
  ];
}

/** The PDU with one to four things wrong; its length is right again, save for one in FRAMING. */
function mutate(original: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  let pdu = Buffer.from(original);
  for (let times = 1 + below(4); times > 0; times--) {
    const at = 4 + below(Math.max(1, pdu.length - 4));
    switch (below(7)) {
      case 0:
        if (at < pdu.length) pdu[at]! ^= 1 << below(8);
        break;
      case 1:
        if (at < pdu.length) pdu[at] = [0x00, 0xff, 0x7f, 0x80][below(4)]!;
        break;
      case 2:
        pdu = pdu.subarray(0, Math.max(16, at));
        break;
      case 3:
        pdu = Buffer.concat([
          pdu.subarray(0, at),
          Buffer.from(Array.from({ length: below(40) }, () => below(256))),
          pdu.subarray(at),
        ]);
        break;
      case 4:
        pdu = Buffer.concat([pdu, pdu.subarray(Math.min(16, at))]);
        break;
      case 5:
        if (at + 4 <= pdu.length) pdu.writeUInt32BE(below(2 ** 32), at);
        break;
      case 6:
        pdu = Buffer.concat([pdu, Buffer.of(0x04, below(256), below(256), below(256))]);
        break;
    }
  }
  if (below(FRAMING) === 0) pdu.writeUInt32BE(below(2) === 0 ? below(16) : below(2 ** 32), 0);
  else pdu.writeUInt32BE(Math.min(pdu.length, MAX_PDU_LENGTH), 0);
  return pdu;
}

/** What a decent platform does: answers binds, submits, questions and goodbyes. */
async function serve(link: Link, random: () => number): Promise<never> {
  for (;;) {
    const pdu = await link.next();
    if (pdu.command === 'submit_sm') {
      link.answer(pdu, { message_id: Math.floor(random() * 2 ** 40).toString(16) });
    } else if (pdu.command === 'unbind') {
      link.answer(pdu);
      link.socket.end();
    } else if (pdu.command === 'bind_transceiver' || pdu.command === 'enquire_link') link.answer(pdu);
  }
}

describe('a pool under fire', function () {
  this.timeout(300_000);

  afterEach(closePlatforms);

  it(`lives through ${String(PDUS)} mutated PDUs, and goes on sending`, async () => {
    const random = seededRandom(SEED);
    const platform = await FakePlatform.listen();
    const settings = poolSettings(
      [platform.port],
      { responseTimeout: 300, enquireLink: 300, receiptExpiry: 300 },
      { binds: BINDS },
    );
    const log: string[] = [];
    const write = (line: string): void => {
      if (log.length < 1000) log.push(line);
    };
    const pool = new Pool(settings, {
      store: new MemoryStore({ queueLimit: 10_000 }),
      log: { info: write, warn: write, error: write },
      clock: fastClock(50),
    });
    const outcomes = new Map<string, number>();
    pool.attachSender('sender', ({ id }) => {
      outcomes.set(id, (outcomes.get(id) ?? 0) + 1);
    });
    let delivered = 0;
    pool.attachReceipts({
      emit: 'segment',
      intermediate: true,
      unmatched: true,
      incoming: true,
      handle: () => {
        delivered += 1;
      },
    });
    await pool.open();
    pool.resume();

    let sent = 0;
    let firing = true;
    const send = (): void => {
      pool.send({ node: 'sender', message: { to: '919812345678', text: `alarm ${String(sent)}` }, msg: {} });
      sent += 1;
    };
    const traffic = (async () => {
      for (; firing; await sleep(10)) send();
    })();

    let fired = 0;
    const fire = async (link: Link): Promise<void> => {
      let served = 0;
      while (firing && !link.socket.destroyed && link.socket.writable) {
        const pdus: Buffer[] = [];
        for (let n = 0; n < BATCH; n++) {
          const choice = originals(random);
          pdus.push(mutate(choice[Math.floor(random() * choice.length)]!, random));
        }
        link.write(Buffer.concat(pdus));
        fired += BATCH;
        const question = link.send('enquire_link');
        const isAnswered = (): boolean =>
          link.received
            .slice(served)
            .some(({ command, sequence }) => command === 'enquire_link_resp' && sequence === question);
        while (!isAnswered() && !link.socket.destroyed && link.socket.readable) await sleep(1);
        served = link.received.length;
      }
    };
    let seen = 0;
    let heap = 0;
    while (fired < PDUS) {
      for (const link of platform.links.all.slice(seen)) {
        seen += 1;
        void serve(link, random);
        // The bind comes first: a link that is not bound yet takes no fire.
        void eventually('bind', () => link.received.length > 0 || link.socket.destroyed).then(() => fire(link));
      }
      if (heap === 0 && fired > PDUS / 5) heap = heapInMegabytes();
      await sleep(5);
    }
    firing = false;
    await traffic;
    for (const link of platform.links.all) link.socket.destroy();
    const again = async (): Promise<void> => {
      for (;;) void serve(await platform.link(), random);
    };
    // The links so far are served; those to come answer as they should.
    for (let n = 0; n < platform.links.all.length; n++) await platform.link();
    void again();

    await eventually('bound again', () => pool.snapshot().state === 'up', 60_000);
    for (let n = 0; n < 200; n++) send();
    await eventually('an outcome for each', () => outcomes.size === sent, 60_000);
    assert.ok(
      [...outcomes.values()].every((count) => count === 1),
      'more than one outcome',
    );
    const { totals, queue } = pool.snapshot();
    assert.deepEqual([queue.waiting, queue.inFlight], [0, 0]);
    assert.ok(delivered > PDUS / 10, `only ${String(delivered)} deliveries reached the flow`);

    const connections = platform.links.all.length;
    const standing = (): Link[] => platform.links.all.filter(({ socket }) => !socket.destroyed);
    await eventually('one connection for each bind', () => standing().length === BINDS);
    const last = standing();
    platform.links.all.length = 0;
    const grown = heapInMegabytes() - heap;
    await pool.close(5000);
    await eventually('every connection closed', () => last.every(({ socket }) => socket.destroyed));
    console.log(
      `      ${String(fired)} mutated PDUs over ${String(connections)} connections; ${String(sent)} messages, ${String(totals.accepted)} accepted, ` +
        `${String(delivered)} deliveries; heap ${grown.toFixed(1)} MB more than after a fifth`,
    );
    assert.ok(grown < 25, `the heap has grown by ${String(Math.round(grown))} MB`);
    assert.ok(
      !log.some((line) => line.includes('internal error')),
      log.find((line) => line.includes('internal error')),
    );
  });
});
