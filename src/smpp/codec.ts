import { commandId, commandLength, commandStatus, HEADER_LENGTH, sequenceNumber } from './commands';
import { commands, commandsById, PDU, tlvs } from './library';
import { PduError } from './pdu';

export interface DecodedPdu {
  /** Name of the command; null where the command_id is unknown, and then `fields` is empty. */
  readonly command: string | null;
  readonly commandId: number;
  readonly status: number;
  readonly sequence: number;
  /** Mandatory fields and TLVs by their SMPP names; TLVs without a name by their number, as Buffers. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const HEADER_FIELDS = new Set(['command', 'command_length', 'command_id', 'command_status', 'sequence_number']);

/** Answers whose body is one NUL where no field is given: an empty message_id (SMPP 3.4 sections 4.6.2 and 4.7.2). */
const EMPTY_ANSWERS = new Set(['deliver_sm_resp', 'data_sm_resp']);

/**
 * Writes any PDU. Fields that are undefined or null are left out; with a status other than 0 the PDU is a header only.
 * @throws {PduError} (`SMPP_PDU`) on an unknown command or field, or a value of the wrong kind.
 */
export function encodePdu(command: string, fields: Record<string, unknown>, sequence: number, status = 0): Buffer {
  const definition = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (definition === undefined) throw new PduError(`${command} is no SMPP command`);
  const names = Object.keys(fields).filter((name) => fields[name] !== undefined && fields[name] !== null);
  // Answers without fields are sent for every receipt. The library takes twenty times as long for them.
  if (status !== 0) return header(definition.id, HEADER_LENGTH, sequence, status);
  if (names.length === 0 && definition.params === undefined) return header(definition.id, HEADER_LENGTH, sequence, 0);
  if (names.length === 0 && EMPTY_ANSWERS.has(command)) return header(definition.id, HEADER_LENGTH + 1, sequence, 0);
  const stranger = names.find((name) => !Object.hasOwn(definition.params ?? {}, name) && !Object.hasOwn(tlvs, name));
  if (stranger !== undefined) throw new PduError(`${command} has no field ${stranger}`);
  const given = Object.fromEntries(names.map((name) => [name, fields[name]]));
  try {
    return new PDU(command, { ...given, sequence_number: sequence }).toBuffer();
  } catch (cause) {
    throw new PduError(`${command} cannot be written: ${reason(cause)}`, { cause });
  }
}

/**
 * Reads any PDU through the library, which decodes texts and trusts a TLV's type over its length.
 * For deliveries, whose octets matter, see `decodeDelivery`.
 * @throws {PduError} (`SMPP_PDU`) and nothing else, whatever the octets.
 */
export function decodePdu(frame: Buffer): DecodedPdu {
  if (frame.length < HEADER_LENGTH || commandLength(frame) !== frame.length) {
    throw new PduError(`A frame of ${frame.length} octets is no PDU`);
  }
  const id = commandId(frame);
  return {
    command: commandsById[id]?.command ?? null,
    commandId: id,
    status: commandStatus(frame),
    sequence: sequenceNumber(frame),
    fields: decodeFields(frame),
  };
}

function decodeFields(frame: Buffer): Record<string, unknown> {
  try {
    return Object.fromEntries(Object.entries(new PDU(frame)).filter(([name]) => !HEADER_FIELDS.has(name)));
  } catch (cause) {
    throw new PduError(`The PDU cannot be read: ${reason(cause)}`, { cause });
  }
}

/** A PDU whose body, if it has one, is all NUL. */
function header(id: number, length: number, sequence: number, status: number): Buffer {
  const frame = Buffer.alloc(length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(id, 4);
  frame.writeUInt32BE(status, 8);
  frame.writeUInt32BE(sequence, 12);
  return frame;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
