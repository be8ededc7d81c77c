import assert from 'node:assert/strict';
import net from 'node:net';
import fc from 'fast-check';
import { FrameReader } from '../../src/smpp/framing';
import { PDU } from '../../src/smpp/library';
import { Esme, submitFields } from '../support/esme';
import { closeAll, portOf, simulate, until } from './running';

afterEach(closeAll);

/** Writes octets to a new connection; resolves with everything answered when it is closed. */
function shout(port: number, octets: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.end(octets));
    const answers: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => answers.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(answers)));
  });
}

/** Octets of a bound customer who then sends `rest`. */
function bindAnd(...rest: readonly Buffer[]): Buffer {
  const fields = { system_id: 'demo', password: 'demo', interface_version: 0x34, sequence_number: 1 };
  return Buffer.concat([new PDU('bind_transceiver', fields).toBuffer(), ...rest]);
}

describe('the simulator among strangers', () => {
  it('answers an impossible length with generic_nack and closes the link', async () => {
    const port = portOf(await simulate());
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\x00\x00\x00\x05\x00', '\x00\x00\x00\x00', '\xff\xff\xff\xff']) {
      const answer = await shout(port, Buffer.from(garbage, 'latin1'));
      assert.equal(answer.toString('hex'), '00000010800000000000000200000000');
    }
  });

  it('answers the PDUs before the bad one', async () => {
    const port = portOf(await simulate());
    const enquire = new PDU('enquire_link', { sequence_number: 5 }).toBuffer();
    const answers = new FrameReader().push(await shout(port, Buffer.concat([enquire, Buffer.alloc(4)])));
    assert.deepEqual(
      answers.map((frame) => frame.readUInt32BE(4)),
      [0x80000015, 0x80000000],
    );
  });

  it('answers a submit that ends too early, wherever it ends, and keeps the link', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const whole = new PDU('submit_sm', submitFields('919812345678')).toBuffer();
    for (let length = 16; length < whole.length; length += 1) {
      const clipped = Buffer.from(whole.subarray(0, length));
      clipped.writeUInt32BE(length, 0);
      clipped.writeUInt32BE(50_000 + length, 12);
      esme.write(clipped);
      const answer = await esme.next('submit_sm_resp');
      assert.equal(answer.sequence_number, 50_000 + length);
      assert.notEqual(answer.command_status, 0);
    }
  });

  it('answers each damaged PDU or closes the link, and never falls over', async () => {
    const simulator = await simulate({ binds: 0 });
    const commands = [
      'submit_sm',
      'data_sm',
      'bind_transceiver',
      'deliver_sm_resp',
      'submit_multi',
      'query_sm',
      'cancel_sm',
      'replace_sm',
    ];
    const damaged = fc
      .record({
        command: fc.constantFrom(...commands),
        changes: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
        tail: fc.uint8Array({ maxLength: 40 }),
      })
      .map(({ command, changes, tail }) => {
        const fields = command === 'submit_sm' ? submitFields('919812345678') : {};
        const pdu = Buffer.concat([new PDU(command, { ...fields, sequence_number: 9 }).toBuffer(), tail]);
        for (const [at, octet] of changes) pdu[4 + (at % (pdu.length - 4))] = octet;
        pdu.writeUInt32BE(pdu.length, 0);
        return pdu;
      });
    await fc.assert(
      fc.asyncProperty(damaged, async (pdu) => {
        const enquire = new PDU('enquire_link', { sequence_number: 77 }).toBuffer();
        const answers = await shout(portOf(simulator), bindAnd(pdu, enquire));
        const frames = new FrameReader().push(answers);
        const unbound = frames.some((frame) => frame.readUInt32BE(4) === 0x80000006);
        const enquired = frames.some((frame) => frame.readUInt32BE(4) === 0x80000015 && frame.readUInt32BE(12) === 77);
        assert.ok(unbound || enquired);
      }),
      { numRuns: 500 },
    );
  });

  it('takes arbitrary octets', async () => {
    const simulator = await simulate();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (octets) => {
        await shout(portOf(simulator), Buffer.from(octets));
      }),
      { numRuns: 300 },
    );
    await Esme.bound(portOf(simulator));
  });

  it('takes 10,000 connections opened and dropped, and 2,000 open at a time', async () => {
    const simulator = await simulate();
    const port = portOf(simulator);
    const esme = await Esme.bound(port);
    for (let round = 0; round < 5; round += 1) {
      const sockets = await Promise.all(
        Array.from({ length: 2000 }, async () => {
          const socket = net.connect(port, '127.0.0.1');
          socket.on('error', () => undefined);
          await new Promise((resolve) => socket.once('connect', resolve));
          return socket;
        }),
      );
      for (const socket of sockets) socket.destroy();
    }
    assert.equal((await esme.submit('919812345678')).command_status, 0);
    assert.equal(simulator.state().servers[0]!.binds, 1);
  }).timeout(60_000);

  it('reads no more from a customer who does not read', async () => {
    const simulator = await simulate();
    const socket = net.connect(portOf(simulator), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    const enquire = new PDU('enquire_link', { sequence_number: 1 }).toBuffer();
    const many = Buffer.concat(Array.from({ length: 4096 }, () => enquire));
    socket.write(bindAnd());
    let sent = 0;
    const more = () => {
      while (sent < 1000 && socket.write(many)) sent += 1;
      sent += 1;
    };
    socket.on('drain', more);
    more();
    const before = process.memoryUsage().rss;
    let last = -1;
    while (last !== socket.bytesWritten) {
      last = socket.bytesWritten;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(sent < 1000, 'the customer was stopped');
    assert.ok(process.memoryUsage().rss - before < 100e6);
    const other = await Esme.bound(portOf(simulator));
    assert.equal((await other.submit('919812345678')).command_status, 0);
    socket.destroy();
    await until(() => simulator.state().servers[0]!.binds === 1);
  });

  it('survives a flood of refused submits', async () => {
    const simulator = await simulate({ throughput: 10 });
    const esme = await Esme.bound(portOf(simulator));
    const answers = await Promise.all(Array.from({ length: 20_000 }, () => esme.submit('919812345678')));
    const { submits, accepted, throttled } = simulator.state().servers[0]!;
    assert.equal(submits, 20_000);
    assert.equal(accepted + throttled, submits);
    assert.equal(answers.filter(({ command_status }) => command_status === 0).length, accepted);
    await until(() => simulator.state().servers[0]!.receipts === accepted);
  });
});
