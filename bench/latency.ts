/** How long a message takes from the input of smpp-send to the platform, where nothing else goes on. */
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as CodecModule from '../src/smpp/codec';
import type * as FramingModule from '../src/smpp/framing';
import { built, childOptions, finish, run } from './child';
import { startFlow } from './node-red';
import type { StoreName } from './load';

const { decodePdu, encodePdu } = built<typeof CodecModule>('src/smpp/codec');
const { FrameReader } = built<typeof FramingModule>('src/smpp/framing');

export interface LatencyOptions {
  readonly store: StoreName;
  readonly messages: number;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Milliseconds between two messages; each has long been answered when the next one comes. */
const PAUSE = 40;
const WARM_UP = 50;

const { store, messages } = childOptions<LatencyOptions>();
let submitted: (at: number) => void = () => undefined;

/** A platform in this process, so that both ends have one clock. */
const server = createServer({ noDelay: true }, (socket) => {
  const reader = new FrameReader();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const at = performance.now();
    for (const frame of reader.push(chunk)) {
      const { command, sequence } = decodePdu(frame);
      if (command === 'submit_sm') submitted(at);
      const fields = command === 'submit_sm' ? { message_id: 'a' } : {};
      socket.write(encodePdu(`${command!}_resp`, fields, sequence));
    }
  });
});

run(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const flow = await startFlow((server.address() as AddressInfo).port, store, () => undefined);
  const times: number[] = [];
  for (let count = 0; count < WARM_UP + messages; count++) {
    await sleep(PAUSE);
    const arrived = new Promise<number>((resolve) => (submitted = resolve));
    const given = performance.now();
    flow.emit();
    const time = (await arrived) - given;
    if (count >= WARM_UP) times.push(time);
  }
  times.sort((a, b) => a - b);
  const latency: Latency = { p50: times[Math.floor(messages * 0.5)]!, p99: times[Math.floor(messages * 0.99)]! };
  await flow.remove();
  finish(latency);
});
