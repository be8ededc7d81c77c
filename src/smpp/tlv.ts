import { PduError, type Tlv } from './pdu';

/** Octets of tag and length before the value. */
const TLV_HEADER = 4;
const MAX_VALUE = 0xffff;

/** Value of the first TLV with this tag. */
export function findTlv(tlvs: readonly Tlv[], tag: number): Buffer | undefined {
  return tlvs.find((tlv) => tlv.tag === tag)?.value;
}

/** Octets that `writeTlvs` takes. @throws {PduError} (`SMPP_PDU`) on a value of more than 65535 octets */
export function tlvsLength(tlvs: readonly Tlv[]): number {
  let length = 0;
  for (const { tag, value } of tlvs) {
    if (value.length > MAX_VALUE)
      throw new PduError(`TLV 0x${tag.toString(16)}: a value has at most ${MAX_VALUE} octets`);
    length += TLV_HEADER + value.length;
  }
  return length;
}

/** Writes the TLVs at `offset`, in their order; returns the offset behind them. */
export function writeTlvs(frame: Buffer, offset: number, tlvs: readonly Tlv[]): number {
  let end = offset;
  for (const { tag, value } of tlvs) {
    frame.writeUInt16BE(tag, end);
    frame.writeUInt16BE(value.length, end + 2);
    frame.set(value, end + TLV_HEADER);
    end += TLV_HEADER + value.length;
  }
  return end;
}

/**
 * Reads the TLVs from `offset` to the end of the PDU, each by its own length. Never throws; values are views of the
 * frame.
 */
export function readTlvs(frame: Buffer, offset: number): { tlvs: Tlv[]; warnings: string[] } {
  const tlvs: Tlv[] = [];
  const warnings: string[] = [];
  let start = offset;
  while (frame.length - start >= TLV_HEADER) {
    const tag = frame.readUInt16BE(start);
    const value = start + TLV_HEADER;
    const end = value + frame.readUInt16BE(start + 2);
    if (end > frame.length) {
      warnings.push(
        `TLV 0x${tag.toString(16).padStart(4, '0')} says ${end - value} octets, the PDU has ${frame.length - value}`,
      );
    }
    tlvs.push({ tag, value: frame.subarray(value, end) });
    start = end;
  }
  if (start < frame.length) warnings.push(`${frame.length - start} stray octets at the end of the PDU`);
  return { tlvs, warnings };
}
