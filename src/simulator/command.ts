/** command_id values the simulator knows (SMPP 3.4 section 5.1.2.1); a response has the highest bit set. */
export const COMMAND = {
  bindReceiver: 0x01,
  bindTransmitter: 0x02,
  querySm: 0x03,
  submitSm: 0x04,
  deliverSm: 0x05,
  unbind: 0x06,
  replaceSm: 0x07,
  cancelSm: 0x08,
  bindTransceiver: 0x09,
  enquireLink: 0x15,
  submitMulti: 0x21,
  dataSm: 0x103,
  genericNack: 0x80000000,
} as const;

const RESPONSE = 0x80000000;

/** True of a response's command_id, generic_nack included. */
export function isResponse(commandId: number): boolean {
  return commandId >= RESPONSE;
}

export function responseTo(commandId: number): number {
  return commandId + RESPONSE;
}
