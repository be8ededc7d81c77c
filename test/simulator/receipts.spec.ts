import assert from 'node:assert/strict';
import type { Simulator } from '../../src/simulator/simulator';
import type { Received } from '../support/esme';
import { Esme, textOf } from '../support/esme';
import { closeAll, portOf, post, simulate, until } from './running';

afterEach(closeAll);

/** The delivery table of the platform guide. */
const GUIDE: Readonly<Record<string, string>> = {
  '000': 'DELIVRD',
  '001': 'INVALID-SUB',
  '002': 'INVALID-SUB',
  '003': 'ABSENT-SUB',
  '004': 'HANDSET-ERR',
  '005': 'BARRED',
  '006': 'HANDSET-ERR',
  '007': 'HANDSET-ERR',
  '008': 'NET-ERR',
  '009': 'MEMEXEC',
  '010': 'ABSENT-SUB',
  '011': 'FAILED',
  '012': 'NET-ERR',
  '013': 'MOB-OFF',
  '014': 'FAILED',
  '015': 'INVALID-SUB',
  '016': 'HANDSET-BUSY',
  '017': 'NET-ERR',
  '018': 'SERIES-BLK',
  '019': 'NET-ERR',
  '020': 'BARRED',
  '021': 'EXPIRED',
  '034': 'UNDELIV',
  '045': 'FAILED',
  '099': 'UNDELIV',
  '400': 'SERIES-BLOCK',
  '401': 'NO-CREDITS',
  '402': 'NO-ACCOUNT',
  '403': 'SERVER-ERR',
  '404': 'INV-NUMBER',
  '405': 'SERVER-ERR',
  '406': 'SERVER-ERR',
  '407': 'SPAM',
  '408': 'DNDNUMB',
  '430': 'SERVER-ERR',
  '431': 'SERVER-ERR',
  '432': 'SERVER-ERR',
  '433': 'SERVER-ERR',
  '450': 'BLACKLST',
  '451': 'SNDR-BLOCK',
  '452': 'TEMPLATE-NOT-FOUND',
  '453': 'INV-TEMPLATE',
  '454': 'INV-SENDER',
  '455': 'NOT-OPTIN',
  '456': 'OPTOUT-REJ',
  '457': 'PROMO-TMOUT',
  '458': 'REJECTED',
  '459': 'NOTALLOWED',
  '460': 'DUPLICATE',
  '461': 'UNDELIV',
  '462': 'FAILED',
  '778': 'REJ-MULTIPART',
  '777': 'DLT-REJECTED',
  '780': 'DLT-INV-TMID',
  '781': 'DLT-INV-ENTITY',
  '782': 'DLT-INV-TM-ID',
  '783': 'DLT-TM-VAR-EXECEED',
  '784': 'DLT-ENTITY-NOT-FOUND',
  '785': 'DLT-TM-BLACKLST',
  '786': 'DLT-ENTITY-BLACKLST',
  '787': 'DLT-HEADER-INACTIVE',
  '788': 'DLT-TM-INACTIVE',
  '789': 'DLT-SENDER-NOT-REG-TM',
};

const receipts = (esme: Esme, count: number): Promise<Received[]> =>
  Promise.all(Array.from({ length: count }, () => esme.next('deliver_sm')));

/** Receipts sent so far, by every server. */
const sent = (simulator: Simulator): number =>
  simulator.state().servers.reduce((sum, server) => sum + server.receipts, 0);

describe('receipts of the simulator', () => {
  it('have the text of SMPP appendix B, and the id and state as optional parameters', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    const { message_id: id } = await esme.submit('919812345678', {
      short_message: Buffer.from('Pump 3 alarm: level is high'),
    });
    const receipt = await esme.next('deliver_sm');
    const at = simulator.messages()[0]!.at;
    const minute = (iso: string) => iso.replace(/\D/g, '').slice(2, 12);
    assert.equal(receipt['esm_class'], 0x04);
    assert.equal(receipt['source_addr'], '919812345678');
    assert.equal(receipt['destination_addr'], 'PUMPCO');
    assert.equal(receipt['dest_addr_ton'], 5);
    assert.equal(receipt['receipted_message_id'], id);
    assert.equal(receipt['message_state'], 2);
    const text = textOf(receipt);
    const form = /^id:(\S+) sub:001 dlvrd:001 submit date:(\d{10}) done date:\d{10} stat:DELIVRD err:000 text:(.*)$/;
    assert.deepEqual(form.exec(text)?.slice(1), [id, minute(at), 'Pump 3 alarm: level ']);
    assert.deepEqual(
      simulator.messages()[0]!.receipts.map(({ server, text }) => ({ server, text })),
      [{ server: 1, text }],
    );
  });

  it('can be every row of the guide, by the recipient 000nnn', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const codes = Object.entries(GUIDE);
    assert.equal(codes.length, 63);
    const wanted = new Map<unknown, string>();
    for (const [code, word] of codes) {
      const { message_id } = await esme.submit(`919812000${code}`);
      wanted.set(message_id, `stat:${word} err:${code} `);
    }
    for (const receipt of await receipts(esme, codes.length)) {
      const id = receipt['receipted_message_id'];
      assert.ok(textOf(receipt).includes(wanted.get(id)!), textOf(receipt));
      assert.equal(receipt['message_state'] === 2, textOf(receipt).includes('err:000'));
    }
  });

  it('say delivered for a recipient whose last digits mean nothing', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    for (const to of ['919812000999', '12345', '919812200009', '919812110000']) {
      assert.equal((await esme.submit(to)).command_status, 0);
      assert.match(textOf(await esme.next('deliver_sm')), /stat:DELIVRD/);
    }
  });

  it('come as registered_delivery asks', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    const words = async (registered_delivery: number, to: string, count: number) => {
      await esme.submit(to, { registered_delivery });
      const texts = (await receipts(esme, count)).map(textOf);
      return texts.map((text) => /stat:(\S+)/.exec(text)![1]);
    };
    await words(0, '919812345678', 0);
    await words(2, '919812345678', 0);
    assert.deepEqual(await words(1, '919812345678', 1), ['DELIVRD']);
    assert.deepEqual(await words(2, '919812000013', 1), ['MOB-OFF']);
    assert.deepEqual(await words(17, '919812345678', 2), ['ENROUTE', 'DELIVRD']);
    assert.deepEqual(await words(1, '919812200005', 2), ['ENROUTE', 'DELIVRD']);
    assert.equal(sent(simulator), 6);
  });

  it('mark the intermediate one by esm_class 0x20 and message state 1', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    await esme.submit('919812200005');
    const [first, last] = await receipts(esme, 2);
    assert.deepEqual([first!['esm_class'], first!['message_state']], [0x20, 1]);
    assert.deepEqual([last!['esm_class'], last!['message_state']], [0x04, 2]);
  });

  it('come before the answer for 200003', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const answer = esme.submit('919812200003');
    const first = await Promise.race([answer, esme.next('deliver_sm')]);
    assert.equal(first.command, 'deliver_sm');
    assert.equal((await answer)['message_id'], first['receipted_message_id']);
  });

  it('come twice, the same, for 200004', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    await esme.submit('919812200004');
    const [first, second] = await receipts(esme, 2);
    assert.equal(textOf(first!), textOf(second!));
  });

  it('never come for 200006', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await esme.submit('919812200006');
    await esme.submit('919812345678', { registered_delivery: 17 });
    await receipts(esme, 2);
    assert.deepEqual(simulator.messages()[0]!.receipts, []);
  });

  it('write the id in the other radix for 200007', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const { message_id } = await esme.submit('919812200007');
    const receipt = await esme.next('deliver_sm');
    const decimal = BigInt(`0x${String(message_id)}`).toString();
    assert.equal(receipt['receipted_message_id'], decimal);
    assert.ok(textOf(receipt).startsWith(`id:${decimal} `));
  });

  it('reject every segment of a long message to 000778', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    for (const part of [1, 2]) {
      const short_message = Buffer.concat([Buffer.of(5, 0, 3, 7, 2, part), Buffer.from('half')]);
      await esme.submit('919812000778', { short_message, esm_class: 0x40 });
    }
    for (const receipt of await receipts(esme, 2)) assert.match(textOf(receipt), /stat:REJ-MULTIPART err:778/);
  });

  it('go in turn to every bind of the account that receives, on any server, and to no other', async () => {
    const simulator = await simulate({ account: ['demo:demo', 'other:other'] });
    const transmitter = await Esme.bound(portOf(simulator), { command: 'bind_transmitter' });
    const receiver = await Esme.bound(portOf(simulator), { command: 'bind_receiver' });
    const elsewhere = await Esme.bound(portOf(simulator, 2));
    const stranger = await Esme.bound(portOf(simulator), { systemId: 'other', password: 'other' });
    for (let count = 0; count < 10; count += 1) await transmitter.submit('919812345678');
    await Promise.all([receipts(receiver, 5), receipts(elsewhere, 5)]);
    assert.deepEqual([transmitter.inbox, stranger.inbox], [[], []]);
    assert.deepEqual(
      simulator.state().servers.map((server) => server.receipts),
      [5, 5],
    );
  });

  it('wait while nobody is bound to receive them', async () => {
    const simulator = await simulate({ dlrDelay: 0 });
    const transmitter = await Esme.bound(portOf(simulator), { command: 'bind_transmitter' });
    await transmitter.submit('919812345678');
    await transmitter.close();
    const receiver = await Esme.bound(portOf(simulator, 2), { command: 'bind_receiver' });
    assert.match(textOf(await receiver.next('deliver_sm')), /stat:DELIVRD/);
  });

  it('come again on another bind where the link is lost before their answer', async () => {
    const simulator = await simulate();
    const deaf = await Esme.bound(portOf(simulator), { answers: false });
    await deaf.submit('919812345678');
    const lost = await deaf.next('deliver_sm');
    const other = await Esme.bound(portOf(simulator, 2));
    await deaf.close();
    assert.equal(textOf(await other.next('deliver_sm')), textOf(lost));
  });

  it('come again after a negative answer', async () => {
    const esme = await Esme.bound(portOf(await simulate()), { answers: false });
    await esme.submit('919812345678');
    const first = await esme.next('deliver_sm');
    esme.send('deliver_sm_resp', { sequence_number: first.sequence_number, command_status: 0x64 });
    const second = await esme.next('deliver_sm');
    assert.notEqual(second.sequence_number, first.sequence_number);
    assert.equal(textOf(second), textOf(first));
  });

  it('come again where no answer came', async () => {
    const esme = await Esme.bound(portOf(await simulate({ idle: 0.5 })), { answers: false });
    const alive = setInterval(() => esme.send('enquire_link'), 100);
    try {
      await esme.submit('919812345678');
      assert.equal(textOf(await esme.next('deliver_sm')), textOf(await esme.next('deliver_sm')));
    } finally {
      clearInterval(alive);
    }
  });

  it('are not sent to a bind that does not answer, beyond its window', async () => {
    const simulator = await simulate({ dlrDelay: 0 });
    const esme = await Esme.bound(portOf(simulator), { answers: false });
    await Promise.all(Array.from({ length: 1500 }, () => esme.submit('919812345678')));
    await receipts(esme, 1000);
    await esme.request('enquire_link');
    assert.equal(sent(simulator), 1000);
    assert.equal(simulator.state().servers[0]!.sessions[0]!.unanswered, 1000);
  });

  it('that wait behind a full window are not lost with the link', async () => {
    const simulator = await simulate({ dlrDelay: 0 });
    const deaf = await Esme.bound(portOf(simulator), { answers: false });
    const answers = await Promise.all(Array.from({ length: 1500 }, () => deaf.submit('919812345678')));
    await until(() => sent(simulator) === 1000);
    await deaf.close();
    const other = await Esme.bound(portOf(simulator, 2));
    const ids = (await receipts(other, 1500)).map((receipt) => receipt['receipted_message_id']);
    assert.deepEqual(new Set(ids), new Set(answers.map((answer) => answer['message_id'])));
  });

  it('have the same ids and order in two runs of the same seed, and others with another', async () => {
    const run = async (seed: number) => {
      const simulator = await simulate({ seed, dlrDelay: 60 });
      const esme = await Esme.bound(portOf(simulator));
      const ids = [];
      for (let count = 0; count < 5; count += 1) ids.push((await esme.submit('919812345678'))['message_id']);
      await until(() => sent(simulator) === 5);
      return ids;
    };
    const [first, same, other] = [await run(7), await run(7), await run(8)];
    assert.deepEqual(first, same);
    assert.notDeepEqual(first, other);
  });

  it('overtake one another', async () => {
    const simulator = await simulate({ dlrDelay: 100 });
    const esme = await Esme.bound(portOf(simulator));
    const answers = await Promise.all(Array.from({ length: 50 }, () => esme.submit('919812345678')));
    const order = (await receipts(esme, 50)).map((receipt) => receipt['receipted_message_id']);
    const submitted = answers.map((answer) => answer['message_id']);
    assert.deepEqual(new Set(order), new Set(submitted));
    assert.notDeepEqual(order, submitted);
  });

  it('stop with a reset', async () => {
    const simulator = await simulate({ dlrDelay: 100 });
    const esme = await Esme.bound(portOf(simulator));
    await esme.submit('919812345678');
    await post(simulator, '/reset');
    // Its final receipt comes later than the one that must not come.
    const { message_id } = await esme.submit('919812345678', { registered_delivery: 17 });
    for (const receipt of await receipts(esme, 2)) assert.equal(receipt['receipted_message_id'], message_id);
    assert.equal(sent(simulator), 2);
  });
});
