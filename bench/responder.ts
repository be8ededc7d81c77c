/**
 * The leanest server that can be: every submit_sm is accepted, one write for each chunk that is read. With `receipts`, a delivery
 * report that says DELIVRD follows each answer.
 */
import { createServer, type AddressInfo } from 'node:net';
import { childOptions, ready } from './child';
import { FROM, TO } from './load';

const HEADER = 16;
const RESPONSE_BIT = 0x80000000;
const SUBMIT_SM = 4;
const DELIVER_SM = 5;
const SUBMIT_SM_RESP_LENGTH = HEADER + 9;
/** Octets of the id in an answer, its NUL left out. */
const ID = 8;
/** Octets of the longest thing we may have to answer one chunk with: it is read in at most 64 KiB. */
const ANSWERS = 1 << 19;

export interface ResponderOptions {
  readonly receipts?: boolean;
}

const { receipts = false } = childOptions<ResponderOptions>();
/** To the bench's own recipient; the id is written over. */
const RECEIPT = deliverSm(
  'id:00000000 sub:001 dlvrd:001 submit date:2607151040 done date:2607151041 stat:DELIVRD err:000 text:Pump',
);
const RECEIPT_ID = RECEIPT.indexOf('id:') + 3;

let ids = 0;

function deliverSm(text: string): Buffer {
  const source = `\0\x01\x01${TO}\0`;
  const destination = `\x05\0${FROM}\0`;
  // esm_class receipt; no times, registered_delivery, data_coding and default message.
  const body = Buffer.from(
    `${source}${destination}\x04\0\0\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`,
    'latin1',
  );
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(HEADER + body.length, 0);
  header.writeUInt32BE(DELIVER_SM, 4);
  return Buffer.concat([header, body]);
}

/** Writes the answer to the request at `offset`; returns the offset behind it. */
function answer(chunk: Buffer, offset: number, answers: Buffer, end: number): number {
  const command = chunk.readUInt32BE(offset + 4);
  const length = command === SUBMIT_SM ? SUBMIT_SM_RESP_LENGTH : HEADER + (command < 0x0a && command !== 6 ? 1 : 0);
  answers.writeUInt32BE(length, end);
  answers.writeUInt32BE((command | RESPONSE_BIT) >>> 0, end + 4);
  answers.writeUInt32BE(0, end + 8);
  chunk.copy(answers, end + 12, offset + 12, offset + HEADER);
  if (command === SUBMIT_SM) answers.write((ids++ >>> 0).toString(16).padStart(ID, '0'), end + HEADER, 'latin1');
  if (length > HEADER) answers[end + length - 1] = 0;
  if (command !== SUBMIT_SM || !receipts) return end + length;
  const at = end + length;
  RECEIPT.copy(answers, at);
  answers.writeUInt32BE(ids, at + 12);
  answers.copy(answers, at + RECEIPT_ID, end + HEADER, end + HEADER + ID);
  return at + RECEIPT.length;
}

const server = createServer((socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    const chunk = rest.length > 0 ? Buffer.concat([rest, data]) : data;
    const answers = Buffer.allocUnsafe(ANSWERS);
    let offset = 0;
    let end = 0;
    while (chunk.length - offset >= HEADER) {
      const length = chunk.readUInt32BE(offset);
      if (chunk.length - offset < length) break;
      if (chunk.readUInt32BE(offset + 4) < RESPONSE_BIT) end = answer(chunk, offset, answers, end);
      offset += length;
    }
    rest = chunk.subarray(offset);
    if (end > 0) socket.write(answers.subarray(0, end));
  });
});
server.listen(0, '127.0.0.1', () => {
  ready((server.address() as AddressInfo).port);
});
