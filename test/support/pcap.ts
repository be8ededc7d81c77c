import assert from 'node:assert/strict';

export interface Connection {
  readonly serverPort: number;
  /** The octets of each direction, put together by their sequence numbers. */
  readonly ours: Buffer;
  readonly theirs: Buffer;
}

function sumOf(octets: Buffer): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += octets[at]! * 256 + (octets[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

/** Reads a capture as its format says, checksums and sequence numbers included; fails on anything else. */
export function readPcap(file: Buffer): { readonly connections: readonly Connection[]; readonly times: number[] } {
  assert.equal(file.readUInt32BE(0), 0xa1b2c3d4);
  assert.deepEqual([file.readUInt16BE(4), file.readUInt16BE(6), file.readUInt32BE(20)], [2, 4, 101]);
  const times: number[] = [];
  const links = new Map<
    string,
    { readonly serverPort: number; sent: Record<string, Buffer[]>; next: Record<string, number> }
  >();
  for (let at = 24; at < file.length;) {
    times.push(file.readUInt32BE(at) * 1000 + file.readUInt32BE(at + 4) / 1000);
    const length = file.readUInt32BE(at + 8);
    const ip = file.subarray(at + 16, at + 16 + length);
    at += 16 + length;
    assert.equal(ip[0], 0x45);
    assert.equal(ip[9], 6);
    assert.equal(ip.readUInt16BE(2), length);
    assert.equal(sumOf(ip.subarray(0, 20)), 0xffff, 'IP checksum');
    const tcp = ip.subarray(20);
    const pseudo = Buffer.concat([ip.subarray(12, 20), Buffer.of(0, 6, tcp.length >> 8, tcp.length & 255), tcp]);
    assert.equal(sumOf(pseudo), 0xffff, 'TCP checksum');
    const [from, to] = [tcp.readUInt16BE(0), tcp.readUInt16BE(2)];
    const isOurs = from >= 40_000 && ip[14] === 0;
    const key = isOurs ? `${String(from)} ${String(to)}` : `${String(to)} ${String(from)}`;
    const link = links.get(key) ?? { serverPort: isOurs ? to : from, sent: { ours: [], theirs: [] }, next: {} };
    links.set(key, link);
    const side = isOurs ? 'ours' : 'theirs';
    const sequence = tcp.readUInt32BE(4);
    assert.equal(sequence, link.next[side] ?? sequence, 'sequence number');
    const payload = tcp.subarray(20);
    link.next[side] = sequence + payload.length;
    link.sent[side]!.push(payload);
  }
  const connections = [...links.values()].map(({ serverPort, sent }) => ({
    serverPort,
    ours: Buffer.concat(sent.ours!),
    theirs: Buffer.concat(sent.theirs!),
  }));
  return { connections, times };
}
