import { decodeText } from './alphabet';
import type { DeliveryCode } from './delivery-codes';
import { EN_ROUTE } from './delivery-codes';
import type { Delivery } from './mailbox';
import type { Segment } from './messages';
import { deliverSm } from './pdu-writer';
import type { Submit } from './submit';
import { textOctets } from './submit';

const ESM_RECEIPT = 0x04;
const ESM_INTERMEDIATE = 0x20;
const MESSAGE_STATE_DELIVERED = 2;
const TEXT_LENGTH = 20;
/** Most octets of one character, in any alphabet. */
const MAX_CHARACTER = 2;
const TAG = { receiptedMessageId: 0x001e, messageState: 0x0427 } as const;

/** The delivery receipt of one segment: the text of SMPP 3.4 appendix B, and its optional parameters. */
export class Receipt implements Delivery {
  readonly kind = 'receipt';
  readonly text: string;
  attempts = 0;
  readonly #segment: Segment;
  readonly #code: DeliveryCode;
  readonly #messageId: string;

  /** @param messageId the id as the receipt writes it, which may be in another radix than the submit answer's. */
  constructor(segment: Segment, code: DeliveryCode, messageId: string) {
    this.#segment = segment;
    this.#code = code;
    this.#messageId = messageId;
    const { error, status, messageState } = code;
    const delivered = messageState === MESSAGE_STATE_DELIVERED ? '001' : '000';
    this.text =
      `id:${messageId} sub:001 dlvrd:${delivered} submit date:${receiptDate(segment.at)} done date:${receiptDate(Date.now())}` +
      ` stat:${status} err:${String(error).padStart(3, '0')} text:${quote(segment.submit)}`;
  }

  encode(sequence: number, tlvsAllowed: boolean): Buffer {
    const { submit } = this.#segment;
    return deliverSm(sequence, {
      sourceTon: submit.destinationTon,
      sourceNpi: submit.destinationNpi,
      source: submit.to,
      destinationTon: submit.sourceTon,
      destinationNpi: submit.sourceNpi,
      destination: submit.from,
      esmClass: this.#code === EN_ROUTE ? ESM_INTERMEDIATE : ESM_RECEIPT,
      dataCoding: 0,
      shortMessage: Buffer.from(this.text, 'latin1'),
      tlvs: tlvsAllowed ? this.#tlvs() : Buffer.alloc(0),
    });
  }

  written(server: number): void {
    this.#segment.message.addReceipt(Date.now(), server, this.text);
  }

  #tlvs(): Buffer {
    const idLength = this.#messageId.length + 1;
    const tlvs = Buffer.alloc(4 + idLength + 5);
    tlvs.writeUInt16BE(TAG.receiptedMessageId, 0);
    tlvs.writeUInt16BE(idLength, 2);
    tlvs.write(this.#messageId, 4, 'latin1');
    tlvs.writeUInt16BE(TAG.messageState, 4 + idLength);
    tlvs.writeUInt16BE(1, 6 + idLength);
    tlvs[8 + idLength] = this.#code.messageState;
    return tlvs;
  }
}

const MINUTE = 60_000;
/** Dates by minutes since 1970: nearly every receipt needs one of the last minutes. */
const dates = new Map<number, string>();
const MAX_DATES = 100;

/** YYMMDDhhmm in UTC, of epoch milliseconds. */
function receiptDate(at: number): string {
  const minute = Math.floor(at / MINUTE);
  let date = dates.get(minute);
  if (date === undefined) {
    date = new Date(at).toISOString().replace(/\D/g, '').slice(2, 12);
    if (dates.size === MAX_DATES) dates.clear();
    dates.set(minute, date);
  }
  return date;
}

/** The first 20 characters of the message. A character that is not printable ASCII becomes a question mark. */
function quote(submit: Submit): string {
  const start = textOctets(submit).subarray(0, TEXT_LENGTH * MAX_CHARACTER);
  return decodeText(start, submit.alphabet)
    .slice(0, TEXT_LENGTH)
    .replace(/[^ -~]/g, '?');
}
