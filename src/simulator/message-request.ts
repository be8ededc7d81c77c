import { COMMAND } from './command';
import { check, readOrRefuse } from './fields';
import { STATUS } from './status';
import { checkTime, octet, stringEnd } from './submit';

/** An address as the fields of a PDU give it. */
export interface Address {
  readonly ton: number;
  readonly npi: number;
  readonly addr: string;
}

/** A query_sm, cancel_sm or replace_sm (SMPP 3.4 sections 4.8.1, 4.9.1 and 4.10.1). */
export type MessageRequest = {
  /** Empty in a cancel_sm that speaks of all messages between two addresses. */
  readonly messageId: string;
  readonly source: Address;
} & (
  | { readonly kind: 'query' }
  | { readonly kind: 'cancel'; readonly serviceType: string; readonly destination: Address }
  | { readonly kind: 'replace'; readonly registeredDelivery: number; readonly text: Buffer }
);

const HEADER = 16;
const MAX_MESSAGE_ID = 64;
const MAX_SHORT_MESSAGE = 254;

/** @returns the request, or the command_status to refuse it with where a field is wrong */
export function readMessageRequest(frame: Buffer, command: number): MessageRequest | number {
  return readOrRefuse(() => {
    if (command === COMMAND.cancelSm) return readCancel(frame);
    return command === COMMAND.querySm ? readQuery(frame) : readReplace(frame);
  });
}

function readQuery(frame: Buffer): MessageRequest {
  const id = readId(frame, HEADER);
  return { kind: 'query', messageId: id.text, source: readAddress(frame, id.next).address };
}

function readCancel(frame: Buffer): MessageRequest {
  const serviceType = readString(frame, HEADER);
  const id = readId(frame, serviceType.next);
  const source = readAddress(frame, id.next);
  const destination = readAddress(frame, source.next).address;
  return { kind: 'cancel', messageId: id.text, serviceType: serviceType.text, source: source.address, destination };
}

function readReplace(frame: Buffer): MessageRequest {
  const id = readId(frame, HEADER);
  const source = readAddress(frame, id.next);
  const schedule = stringEnd(frame, source.next);
  checkTime(frame, source.next, schedule, STATUS.schedule);
  const validity = stringEnd(frame, schedule + 1);
  checkTime(frame, schedule + 1, validity, STATUS.validity);
  const flags = validity + 1;
  const length = octet(frame, flags + 2);
  const registeredDelivery = frame[flags]!;
  check((registeredDelivery & 3) !== 3, STATUS.registeredDelivery);
  check(frame[flags + 1] === 0, STATUS.predefinedMessage);
  check(length <= MAX_SHORT_MESSAGE, STATUS.messageLength);
  check(flags + 3 + length <= frame.length, STATUS.commandLength);
  const text = frame.subarray(flags + 3, flags + 3 + length);
  return { kind: 'replace', messageId: id.text, source: source.address, registeredDelivery, text };
}

function readId(frame: Buffer, start: number): { text: string; next: number } {
  const id = readString(frame, start);
  check(id.text.length <= MAX_MESSAGE_ID, STATUS.messageId);
  return id;
}

function readString(frame: Buffer, start: number): { text: string; next: number } {
  const end = stringEnd(frame, start);
  return { text: frame.toString('latin1', start, end), next: end + 1 };
}

function readAddress(frame: Buffer, start: number): { address: Address; next: number } {
  const ton = octet(frame, start);
  const npi = octet(frame, start + 1);
  const { text: addr, next } = readString(frame, start + 2);
  return { address: { ton, npi, addr }, next };
}
