import { SmppError } from '../base/errors';
import { HEADER_LENGTH } from './commands';

/** Octets of the longest PDU taken or written: a message_payload of 64 KiB and the fields around it. */
export const MAX_PDU_LENGTH = 65536 + 1024;

const LENGTH_OCTETS = 4;

/** `SMPP_FRAMING`: a command_length is impossible, so the next PDU cannot be found. Only a new connection helps. */
export class FramingError extends SmppError {
  constructor(
    readonly commandLength: number,
    /** Whole PDUs that came before the bad length in the same chunk. */
    readonly frames: readonly Buffer[],
  ) {
    super(
      'SMPP_FRAMING',
      `A PDU says it is ${commandLength} octets long; ${HEADER_LENGTH} to ${MAX_PDU_LENGTH} are possible`,
    );
    this.name = 'FramingError';
  }
}

/**
 * Cuts a stream of octets into PDUs by their command_length (SMPP 3.4 section 3.2.1).
 * A PDU that lies whole in one chunk is a view of that chunk; only one that spans chunks is copied, each octet once.
 */
export class FrameReader {
  readonly #lengthField = Buffer.alloc(LENGTH_OCTETS);
  #partial: Buffer | null = null;
  #filled = 0;

  /** Octets of a PDU whose end has not come yet. */
  get pending(): number {
    return this.#filled;
  }

  /**
   * The PDUs that this chunk completes.
   * @throws {FramingError} (`SMPP_FRAMING`) on an impossible command_length, and again at every later chunk.
   */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      const end = this.#filled === 0 ? wholeFrameEnd(chunk, offset) : 0;
      if (end > 0) {
        frames.push(chunk.subarray(offset, end));
        offset = end;
      } else {
        offset = this.#collect(chunk, offset, frames);
      }
    }
    return frames;
  }

  /** Takes what the chunk has of a PDU that spans chunks; returns the offset behind it. */
  #collect(chunk: Buffer, start: number, frames: Buffer[]): number {
    let offset = start;
    if (this.#partial === null) {
      const copied = chunk.copy(this.#lengthField, this.#filled, offset);
      this.#filled += copied;
      offset += copied;
      if (this.#filled < LENGTH_OCTETS) return offset;
      this.#partial = this.#newFrame(frames);
    }
    const copied = chunk.copy(this.#partial, this.#filled, offset);
    this.#filled += copied;
    if (this.#filled === this.#partial.length) {
      frames.push(this.#partial);
      this.#partial = null;
      this.#filled = 0;
    }
    return offset + copied;
  }

  #newFrame(frames: readonly Buffer[]): Buffer {
    const length = this.#lengthField.readUInt32BE();
    if (!isPossible(length)) throw new FramingError(length, frames);
    const frame = Buffer.allocUnsafe(length);
    this.#lengthField.copy(frame);
    return frame;
  }
}

/** Offset behind the PDU that starts at `start`, 0 where it does not lie whole in the chunk. */
function wholeFrameEnd(chunk: Buffer, start: number): number {
  if (chunk.length - start < LENGTH_OCTETS) return 0;
  const length = chunk.readUInt32BE(start);
  return isPossible(length) && length <= chunk.length - start ? start + length : 0;
}

function isPossible(length: number): boolean {
  return length >= HEADER_LENGTH && length <= MAX_PDU_LENGTH;
}
