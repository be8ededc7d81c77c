import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import helper from 'node-red-node-test-helper';
import { PacketStream } from '../../../nodes/admin/trace';
import type { Simulator } from '../../../src/simulator/simulator';
import { readPcap } from '../../support/pcap';
import { bound, cleanUp, flow, give, load, pool, poolNode, portsOf, send, simulate, until } from '../runtime';

/** Command ids of the PDUs in a stream of them; fails where the stream is no row of whole PDUs. */
function commands(octets: Buffer): number[] {
  const found: number[] = [];
  let at = 0;
  for (; at < octets.length; at += octets.readUInt32BE(at)) found.push(octets.readUInt32BE(at + 4));
  assert.equal(at, octets.length);
  return found;
}

describe('A trace of a pool', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await simulate({ servers: 2, dlrDelay: 0 });
    await load(flow(pool(portsOf(simulator)), send({ priority: 'normal' })));
    await bound(2);
  });
  afterEach(cleanUp);

  /** The capture of a second in which a message was sent and reported. */
  async function capture(body: object): Promise<Buffer> {
    const answer = helper
      .request()
      .post('/smpp-pool/pool/trace')
      .send({ seconds: 1, ...body })
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          done(null, Buffer.concat(chunks));
        });
        // The head of the file has come: the trace runs.
        response.once('data', () => {
          give('send', { topic: '919876543210', payload: 'S3cretText' });
        });
      });
    const { body: file, headers } = await answer.expect(200);
    assert.match(headers['content-type']!, /pcap/);
    return file as Buffer;
  }

  it('is a capture file with every PDU of all servers, numbers and texts masked', async () => {
    const file = await capture({});
    const { connections } = readPcap(file);
    const all = connections.flatMap(({ ours, theirs }) => [...commands(ours), ...commands(theirs)]).sort();
    for (const command of [0x4, 0x80000004, 0x5, 0x80000005]) assert.ok(all.includes(command), command.toString(16));
    assert.doesNotMatch(file.toString('latin1'), /S3cretText|919876543210/);
    assert.equal(poolNode().handle.snapshot().totals.accepted, 1);
  });

  it('shows numbers and texts where that is asked for', async () => {
    const file = (await capture({ texts: true })).toString('latin1');
    assert.match(file, /919876543210\0/);
    assert.match(file, /S3cretText/);
  });

  it('has one server alone where one is named', async () => {
    const [first] = portsOf(simulator);
    const { connections } = readPcap(await capture({ server: `127.0.0.1:${first!}` }));
    assert.ok(connections.every(({ serverPort }) => serverPort === first));
  });

  it('ends with its request, and costs nothing behind that', async () => {
    const request = helper.request().post('/smpp-pool/pool/trace').send({ seconds: 600 });
    const { handle } = poolNode() as unknown as { handle: { lookOn(call: () => void): () => void } };
    const looksOn = handle.lookOn.bind(handle);
    let looking = 0;
    handle.lookOn = (call) => {
      looking += 1;
      const stop = looksOn(call);
      return () => {
        looking -= 1;
        stop();
      };
    };
    request.end(() => undefined);
    await until(() => looking === 1);
    request.abort();
    // An aborted request leaves the server open that was made for it, and with it the process.
    (request as unknown as { readonly _server: Server })._server.close();
    await until(() => looking === 0);
  });

  it('is refused in words where what it asks for is odd', async () => {
    for (const body of [
      {},
      { seconds: 0 },
      { seconds: 601 },
      { seconds: 'x' },
      { seconds: 1, texts: 'yes' },
      { seconds: 1, server: 7 },
    ]) {
      const { body: answer } = await helper.request().post('/smpp-pool/pool/trace').send(body).expect(400);
      assert.match(answer.message, /^(seconds|texts|server): .*; (give|leave)/);
    }
    await helper.request().post('/smpp-pool/pool/trace').send({ seconds: 1, server: 'nowhere:1' }).expect(404);
    await helper.request().post('/smpp-pool/none/trace').send({ seconds: 1 }).expect(404);
  });
});

describe('Packets for a slow reader', () => {
  it('wait up to a limit; then the oldest go and are counted', () => {
    const written: Buffer[] = [];
    let drained = (): void => undefined;
    const response = {
      write: (octets: Buffer) => written.push(octets) > 1,
      end: () => undefined,
      on: (_event: string, call: () => void) => (drained = call),
    };
    const stream = new PacketStream(response as never, 100);
    stream.push(Buffer.alloc(10, 0));
    for (let packet = 1; packet <= 11; packet++) stream.push(Buffer.alloc(10, packet));
    assert.equal(stream.dropped, 6);
    drained();
    stream.end();
    assert.deepEqual(
      [...Buffer.concat(written.slice(1))].filter((_, at) => at % 10 === 0),
      [7, 8, 9, 10, 11],
    );
  });
});
