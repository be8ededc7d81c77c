import assert from 'node:assert/strict';
import { pcapHead, PcapLink } from '../../src/smpp/pcap';
import { readPcap } from '../support/pcap';

describe('A capture of PDUs', () => {
  it('is a file of raw IPv4 packets, each link a TCP connection whose octets follow each other', () => {
    const links = [new PcapLink(0, 0, 2775), new PcapLink(1, 1, 3634)];
    const pdu = (fill: number, length = 20): Buffer => Buffer.alloc(length, fill);
    const file = Buffer.concat([
      pcapHead(),
      links[0]!.packets(true, pdu(1), 1_800_000_000_123.5),
      links[0]!.packets(false, pdu(2), 1_800_000_000_124),
      links[1]!.packets(true, pdu(3), 1_800_000_000_125),
      links[0]!.packets(true, pdu(4, 70_000), 1_800_000_000_126),
    ]);
    const { connections, times } = readPcap(file);
    assert.equal(times[0], 1_800_000_000_123.5);
    assert.deepEqual(
      connections.map(({ serverPort, ours, theirs }) => [serverPort, ours.length, theirs.length]),
      [
        [2775, 70_020, 20],
        [3634, 20, 0],
      ],
    );
    assert.deepEqual(connections[0]!.ours, Buffer.concat([pdu(1), pdu(4, 70_000)]));
  });
});
