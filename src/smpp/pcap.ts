/**
 * PDUs as a packet capture (libpcap 2.4, link type raw IP) that Wireshark reads: each link is a TCP connection between made-up addresses,
 * with sequence numbers that fit, so that its PDUs are put together and decoded. What went by TLS is in the clear.
 */

const MAGIC = 0xa1b2c3d4;
const RAW_IP = 101;
const SNAP_LENGTH = 262_144;
/** Octets of a segment at most: an IPv4 packet holds 65,535 with both headers. */
const SEGMENT = 32_768;
const HEADERS = 40;
const PUSH_ACK = 0x18;
const WINDOW = 65_535;

/** The head of the file. */
export function pcapHead(): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32BE(MAGIC, 0);
  head.writeUInt16BE(2, 4);
  head.writeUInt16BE(4, 6);
  head.writeUInt32BE(SNAP_LENGTH, 16);
  head.writeUInt32BE(RAW_IP, 20);
  return head;
}

/** One link in a capture. */
export class PcapLink {
  /** Octets sent so far: by us, by the platform. */
  readonly #sent: [ours: number, theirs: number] = [1, 1];
  readonly #client: { readonly address: Buffer; readonly port: number };
  readonly #server: { readonly address: Buffer; readonly port: number };

  /**
   * @param client number of the link, from 0: its port
   * @param server number of the server, from 0: its address
   */
  constructor(client: number, server: number, port: number) {
    this.#client = { address: Buffer.of(10, 0, 0, 1), port: 40_000 + (client % 20_000) };
    this.#server = { address: Buffer.of(10, 0, 1, 1 + (server % 250)), port };
  }

  /** The packets of a PDU. @param at epoch milliseconds */
  packets(outgoing: boolean, pdu: Buffer, at: number): Buffer {
    const packets: Buffer[] = [];
    for (let start = 0; start < pdu.length; start += SEGMENT) {
      packets.push(this.#packet(outgoing, pdu.subarray(start, start + SEGMENT), at));
    }
    return Buffer.concat(packets);
  }

  #packet(outgoing: boolean, payload: Buffer, at: number): Buffer {
    const [from, to] = outgoing ? [this.#client, this.#server] : [this.#server, this.#client];
    const [mine, other] = outgoing ? [0, 1] : [1, 0];
    const length = HEADERS + payload.length;
    const packet = Buffer.alloc(16 + length);
    packet.writeUInt32BE(Math.floor(at / 1000) >>> 0, 0);
    packet.writeUInt32BE(Math.floor((at % 1000) * 1000), 4);
    packet.writeUInt32BE(length, 8);
    packet.writeUInt32BE(length, 12);
    const ip = packet.subarray(16);
    ip[0] = 0x45;
    ip.writeUInt16BE(length, 2);
    ip.writeUInt16BE(0x4000, 6); // not to be fragmented
    ip[8] = 64;
    ip[9] = 6;
    from.address.copy(ip, 12);
    to.address.copy(ip, 16);
    ip.writeUInt16BE(checksum([ip.subarray(0, 20)]), 10);
    const tcp = ip.subarray(20);
    tcp.writeUInt16BE(from.port, 0);
    tcp.writeUInt16BE(to.port, 2);
    tcp.writeUInt32BE(this.#sent[mine]! >>> 0, 4);
    tcp.writeUInt32BE(this.#sent[other]! >>> 0, 8);
    tcp[12] = 0x50;
    tcp[13] = PUSH_ACK;
    tcp.writeUInt16BE(WINDOW, 14);
    payload.copy(tcp, 20);
    const pseudo = Buffer.alloc(12);
    from.address.copy(pseudo, 0);
    to.address.copy(pseudo, 4);
    pseudo[9] = 6;
    pseudo.writeUInt16BE(tcp.length, 10);
    tcp.writeUInt16BE(checksum([pseudo, tcp]), 16);
    this.#sent[mine] = (this.#sent[mine]! + payload.length) % 2 ** 32;
    return packet;
  }
}

/** The Internet checksum (RFC 1071) over parts of which all but the last have an even length. */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += (part[at]! << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
