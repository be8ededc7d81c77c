/** How many submits a second a server answers, asked by a client that does nothing else: ready-made PDUs, no queue. */
import { connect } from 'node:net';
import type * as PrepareModule from '../src/message/prepare';
import type * as CodecModule from '../src/smpp/codec';
import type * as FramingModule from '../src/smpp/framing';
import type * as SubmitModule from '../src/smpp/submit';
import { built, childOptions, finish, run } from './child';
import { FROM, measureLoad, poolSettings, TEXT, TO, type LoadOptions } from './load';

const { prepareMessage } = built<typeof PrepareModule>('src/message/prepare');
const { encodePdu } = built<typeof CodecModule>('src/smpp/codec');
const { FrameReader } = built<typeof FramingModule>('src/smpp/framing');
const { encodeSubmit, stampSequence } = built<typeof SubmitModule>('src/smpp/submit');

const options = childOptions<LoadOptions>();
const WINDOW = 1000;
const BIND_SEQUENCE = 1;
let sequence = BIND_SEQUENCE;
let answered = 0;

function submits(count: number): Buffer {
  const { profile } = poolSettings([], 1, 0);
  const request = { to: TO, from: FROM, text: TEXT, receipt: 'none' } as const;
  const frame = encodeSubmit(prepareMessage(request, profile, 1).segments[0]!);
  return Buffer.concat(
    Array.from({ length: count }, () => {
      stampSequence(frame, ++sequence);
      return Buffer.from(frame);
    }),
  );
}

run(async () => {
  const reader = new FrameReader();
  const socket = connect({ host: '127.0.0.1', port: options.ports[0]!, noDelay: true });
  socket.write(encodePdu('bind_transceiver', { system_id: 'demo', password: 'demo' }, BIND_SEQUENCE));
  const window = submits(WINDOW);
  const length = window.length / WINDOW;
  let bound = false;
  socket.on('data', (chunk) => {
    const count = reader.push(chunk).length;
    if (!bound) {
      bound = true;
      socket.write(window);
      return;
    }
    answered += count;
    const next = Buffer.from(window.subarray(0, count * length));
    for (let offset = 0; offset < next.length; offset += length) next.writeUInt32BE(++sequence, offset + 12);
    socket.write(next);
  });
  finish(await measureLoad(options, () => answered));
});
