import assert from 'node:assert/strict';
import net from 'node:net';
import { NO_FAULTS, stallLeft } from '../../src/simulator/faults';
import { PDU } from '../../src/smpp/library';
import { Esme } from '../support/esme';
import { closeAll, portOf, post, simulate, until } from './running';

afterEach(closeAll);

describe('faults of a server', () => {
  it('delay every answer', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await post(simulator, '/servers/1/faults', { delayMs: 1000 });
    const asked = Date.now();
    await esme.request('enquire_link');
    assert.ok(Date.now() - asked >= 999);
    await post(simulator, '/servers/1/faults', {});
    await esme.request('enquire_link');
  });

  it('make it silent: links stay, nothing is answered, its receipts go elsewhere', async () => {
    const simulator = await simulate();
    const deaf = await Esme.bound(portOf(simulator));
    await post(simulator, '/servers/1/faults', { silent: true });
    deaf.send('enquire_link');
    deaf.send('submit_sm', { destination_addr: '919812345678' });
    const late = await Esme.connect(portOf(simulator));
    late.send('bind_transceiver', { system_id: 'demo', password: 'demo' });
    const other = await Esme.bound(portOf(simulator, 2));
    for (let count = 0; count < 4; count += 1) {
      await other.submit('919812345678');
      await other.next('deliver_sm');
    }
    assert.deepEqual([deaf.inbox, late.inbox], [[], []]);
    assert.equal(simulator.state().servers[0]!.submits, 0);
    await post(simulator, '/servers/1/faults', {});
    assert.equal((await deaf.request('enquire_link')).command_status, 0);
  });

  it('keep receipts waiting while every bind is silent', async () => {
    const simulator = await simulate({ dlrDelay: 0 });
    const receiver = await Esme.bound(portOf(simulator));
    const transmitter = await Esme.bound(portOf(simulator, 2), { command: 'bind_transmitter' });
    await post(simulator, '/servers/1/faults', { silent: true });
    const { message_id } = await transmitter.submit('919812345678');
    await post(simulator, '/servers/2/faults', {});
    assert.deepEqual(receiver.inbox, []);
    await post(simulator, '/servers/1/faults', {});
    assert.equal((await receiver.next('deliver_sm'))['receipted_message_id'], message_id);
  });

  it('throttle every submit', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await post(simulator, '/servers/1/faults', { throttle: true });
    assert.equal((await esme.submit('919812345678')).command_status, 0x58);
    await post(simulator, '/servers/1/faults');
    assert.equal((await esme.submit('919812345678')).command_status, 0);
    assert.equal(simulator.state().servers[0]!.throttled, 1);
  });

  it('cut the link of every submit before its answer, though the message is taken', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await post(simulator, '/servers/1/faults', { cut: true });
    assert.equal((await esme.request('enquire_link')).command_status, 0);
    await assert.rejects(esme.submit('919812345678'), /closed/);
    assert.equal(simulator.messages().length, 1);
    assert.equal((await (await Esme.bound(portOf(simulator, 2))).submit('919812345678')).command_status, 0);
  });

  it('delay each answer at random, by the seed', async () => {
    const run = async () => {
      const simulator = await simulate({ seed: 11 });
      const esme = await Esme.bound(portOf(simulator));
      await post(simulator, '/servers/1/faults', { delayMs: [0, 400] });
      const arrived: number[] = [];
      await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          await esme.submit('919812345678');
          arrived.push(index);
        }),
      );
      return arrived;
    };
    const [first, second] = [await run(), await run()];
    assert.notDeepEqual(first, first.toSorted(), 'they overtake one another');
    assert.deepEqual(first, second);
  });

  it('write all that is delayed before the link is closed', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await post(simulator, '/servers/1/faults', { delayMs: [0, 100] });
    const answers = Array.from({ length: 10 }, () => esme.submit('919812345678'));
    assert.equal((await esme.request('unbind')).command, 'unbind_resp');
    for (const answer of await Promise.all(answers)) assert.equal(answer.command_status, 0);
    await esme.closed;
  });

  it('let it take another rate than its own, for accounts that were there and for new ones', async () => {
    const simulator = await simulate({ throughput: 5, account: ['demo:demo', 'other:other'] });
    const taken = async (esme: Esme): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => esme.submit('919812345678')));
      return answers.filter(({ command_status }) => command_status === 0).length;
    };
    const esme = await Esme.bound(portOf(simulator));
    assert.equal((await esme.submit('919812345678')).command_status, 0);
    await post(simulator, '/servers/1/faults', { limit: 3 });
    assert.equal(await taken(esme), 2, 'what was taken before counts');
    await post(simulator, '/servers/1/faults', { limit: 8 });
    assert.equal(await taken(esme), 5);
    assert.equal(await taken(await Esme.bound(portOf(simulator), { systemId: 'other', password: 'other' })), 8);
    await post(simulator, '/servers/2/faults', { limit: 2 });
    assert.equal(await taken(await Esme.bound(portOf(simulator, 2))), 2);
  });

  it('let it stand still, and read then what has arrived', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await post(simulator, '/servers/1/faults', { stall: { everyMs: 100, forMs: 99 } });
    for (let count = 0; count < 3; count += 1) {
      const answers = Array.from({ length: 5 }, () => esme.submit('919812345678'));
      for (const answer of await Promise.all(answers)) assert.equal(answer.command_status, 0);
    }
    assert.equal(simulator.state().servers[0]!.submits, 15);
    assert.equal((await esme.next('deliver_sm')).command, 'deliver_sm');
  });

  it('say how long it will stand still', () => {
    const stall = { everyMs: 5000, forMs: 200 };
    const left = (elapsed: number): number => stallLeft({ ...NO_FAULTS, stall }, elapsed);
    assert.deepEqual([0, 100, 4999, 5000, 5150, 5199, 5200, 9999, 10_001].map(left), [0, 0, 0, 200, 50, 1, 0, 0, 199]);
    assert.equal(stallLeft(NO_FAULTS, 5000), 0);
  });

  it('corrupt every n-th PDU, the same ones in every run of a seed', async () => {
    const run = async () => {
      const simulator = await simulate({ seed: 3 });
      await post(simulator, '/servers/1/faults', { corruptEvery: 3 });
      const asked = 12;
      const socket = net.connect(portOf(simulator), '127.0.0.1');
      const octets: Buffer[] = [];
      let length = 0;
      socket.on('data', (chunk: Buffer) => {
        octets.push(chunk);
        length += chunk.length;
      });
      for (let sequence = 1; sequence <= asked; sequence += 1) {
        socket.write(new PDU('enquire_link', { sequence_number: sequence }).toBuffer());
      }
      await until(() => length === asked * 16);
      socket.destroy();
      const all = Buffer.concat(octets);
      return Array.from({ length: asked }, (_, index) => all.toString('hex', index * 16, index * 16 + 16));
    };
    const [first, second] = [await run(), await run()];
    assert.deepEqual(first, second);
    first.forEach((pdu, index) => {
      const right = new PDU('enquire_link_resp', { sequence_number: index + 1 }).toBuffer().toString('hex');
      assert.equal(pdu === right, (index + 1) % 3 !== 0, `PDU ${index + 1}: ${pdu}`);
    });
  });

  it('let answers drip', async () => {
    const simulator = await simulate();
    await post(simulator, '/servers/1/faults', { dripMs: 5 });
    const socket = net.connect(portOf(simulator), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(new PDU('enquire_link', { sequence_number: 7 }).toBuffer());
    await until(() => Buffer.concat(chunks).length === 16);
    assert.ok(chunks.length > 8, `${chunks.length} pieces`);
    assert.equal(new PDU(Buffer.concat(chunks)).toBuffer().readUInt32BE(12), 7);
    socket.destroy();
  });

  it('drip out whole before the link is closed', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    await post(simulator, '/servers/1/faults', { dripMs: 1 });
    assert.equal((await esme.request('unbind')).command, 'unbind_resp');
    await esme.closed;
  });

  it('are shown in the state, and are gone after a reset', async () => {
    const simulator = await simulate();
    await post(simulator, '/servers/2/faults', { delayMs: 5, throttle: true });
    const { faults } = simulator.state().servers[1]!;
    const off = { silent: false, cut: false, corruptEvery: 0, dripMs: 0, limit: 0, stall: null };
    assert.deepEqual(faults, { ...off, delayMs: 5, throttle: true });
    await post(simulator, '/reset');
    assert.equal(simulator.state().servers[1]!.faults.delayMs, 0);
  });

  it('must be known and of the right kind', async () => {
    const simulator = await simulate();
    for (const body of [
      { delay: 5 },
      { delayMs: '5' },
      { delayMs: -1 },
      { dripMs: 0.5 },
      { silent: 1 },
      { toString: 1 },
      { delayMs: [5] },
      { delayMs: [5, 4] },
      { delayMs: [1, 2, 3] },
      { delayMs: [-1, 4] },
      { delayMs: ['1', 4] },
      { delayMs: [] },
      { delayMs: 1e12 },
      { limit: -1 },
      { limit: 2.5 },
      { limit: '20' },
      { limit: 1e9 },
      { limit: null },
      { stall: 200 },
      { stall: [] },
      { stall: { everyMs: 5000 } },
      { stall: { everyMs: 200, forMs: 200 } },
      { stall: { everyMs: 0, forMs: 0 } },
      { stall: { everyMs: 5000, forMs: '200' } },
      { stall: { everyMs: 5000, forMs: 200, more: 1 } },
      [],
    ]) {
      const response = await post(simulator, '/servers/1/faults', body);
      assert.equal(response.status, 400, JSON.stringify(body));
      const { error } = (await response.json()) as { error: string };
      assert.ok(error.includes(Array.isArray(body) ? 'body' : Object.keys(body)[0]!), error);
    }
    assert.equal(simulator.state().servers[0]!.faults.delayMs, 0);
  });
});
