import type { SubmitFields } from '../smpp/pdu';
import type { LanguageChoice } from './shift-code';
import type { Validity } from './time';

export type EncodingName = 'gsm7' | 'latin1' | 'ucs2' | 'binary';
export type LongMessageMode = 'udh' | 'udh16' | 'sar' | 'payload' | 'reject';
export type ReceiptRequest = 'none' | 'final' | 'failure' | 'intermediate';

/** A TLV of the user's own; `tag` is hex ("1403"), `value` what the flow gave. */
export interface CustomTlv {
  readonly tag: string;
  readonly type: 'octets' | 'cstring' | 'int8' | 'int16' | 'int32' | 'hex';
  readonly value: unknown;
}

/**
 * One text to one recipient, as the flow wants it. Blank means not set; docs/reference.md (`smpp-send`) has the
 * defaults. The values come from flows, so their types are not certain: `prepareMessage` checks them.
 */
export interface MessageRequest {
  readonly to: string;
  readonly from?: string;
  /** Text, or octets to be sent as binary. Numbers and booleans become text. */
  readonly text: string | number | boolean | Buffer;
  readonly peId?: string;
  readonly templateId?: string;
  readonly tmId?: string;
  readonly encoding?: 'auto' | EncodingName;
  /** National language tables for texts that the GSM alphabet does not hold. */
  readonly language?: LanguageChoice;
  readonly smartEncoding?: boolean;
  readonly longMessage?: LongMessageMode;
  readonly operation?: 'submit_sm' | 'data_sm';
  readonly receipt?: ReceiptRequest;
  readonly priority?: 'normal' | 'urgent';
  /** Seconds, at most 31 days; or a moment, ISO 8601 with its zone. */
  readonly validity?: number | string;
  /** Delivery time, ISO 8601. */
  readonly schedule?: string;
  readonly flash?: boolean;
  readonly tlvs?: readonly CustomTlv[];
  readonly serviceType?: string;
  readonly protocolId?: number;
  readonly sourceTon?: number;
  readonly sourceNpi?: number;
  readonly destTon?: number;
  readonly destNpi?: number;
}

/** The pool's settings for all its messages (docs/reference.md, `smpp-pool`). */
export interface MessageProfile {
  readonly version: '3.4' | '3.3';
  /** Sender of messages that have none of their own; blank: none. */
  readonly from: string;
  /** ISO 3166 alpha-2 code of the country whose numbers need no country code; blank: none. */
  readonly country: string;
  /** What data_coding 0 means on this platform: "gsm", or the iconv-lite name of a single-octet charset. */
  readonly alphabet: string;
  readonly peId: string;
  readonly tmId: string;
  /** Tags of PE_ID, Template_ID, TM_ID. */
  readonly dltTags: readonly [number, number, number];
  readonly dltFormat: 'octets' | 'cstring';
  readonly dltTmForm: 'plain' | 'hash';
  readonly dltRequired: boolean;
}

/** A message cut into its segments. */
export interface PreparedMessage {
  /** The recipient's address as it is sent. */
  readonly to: string;
  readonly from: string;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  /** True for priority urgent. */
  readonly urgent: boolean;
  /** Undefined where the request set none. */
  readonly validity: Validity | undefined;
  /** False where no receipt is asked for. */
  readonly receipt: boolean;
  readonly segments: readonly SubmitFields[];
  readonly warnings: readonly string[];
}
