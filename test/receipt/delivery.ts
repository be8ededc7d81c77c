import type { Delivery, Tlv } from '../../src/smpp/pdu';

/** A deliver_sm as the codec hands it over; `body` is Latin-1 where it is a string. */
export function delivery(
  body: string | Buffer,
  fields: Partial<Omit<Delivery, 'body'>> & { readonly from?: string; readonly to?: string } = {},
): Delivery {
  const { from = '919800000001', to = '56161', ...rest } = fields;
  return {
    command: 'deliver_sm',
    sequenceNumber: 1,
    serviceType: '',
    source: { ton: 1, npi: 1, addr: from },
    destination: { ton: 3, npi: 0, addr: to },
    esmClass: 0x04,
    protocolId: 0,
    priorityFlag: 0,
    scheduleDeliveryTime: '',
    validityPeriod: '',
    registeredDelivery: 0,
    dataCoding: 0,
    tlvs: [],
    warnings: [],
    ...rest,
    body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  };
}

/** A TLV; `value` is Latin-1 where it is a string, octets where it is a list. */
export function tlv(tag: number, value: string | readonly number[]): Tlv {
  return { tag, value: typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value) };
}

/** UTF-16 big-endian octets. */
export function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
