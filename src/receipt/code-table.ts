import type { DeliveryGroup, MessageState } from './receipt';

/** One row of the platform's delivery codes (docs/codes.md, "Delivery reports"). */
export interface DeliveryCode {
  /** Three digits, leading zeros kept. */
  readonly error: string;
  readonly status: string;
  readonly description: string;
  readonly group: DeliveryGroup;
  readonly state: MessageState;
  /** True where the same message may get through later without a change. */
  readonly retryable: boolean;
}

const RETRYABLE: ReadonlySet<DeliveryGroup> = new Set(['temporary', 'network', 'time-window']);

/** True where a failure of this group may pass by itself. */
export function isRetryable(group: DeliveryGroup): boolean {
  return RETRYABLE.has(group);
}

function row(
  error: string,
  status: string,
  state: MessageState,
  group: DeliveryGroup,
  description: string,
): DeliveryCode {
  return { error, status, description, group, state, retryable: isRetryable(group) };
}

/** Status and error codes of the platform's guide, with its own descriptions, typing errors included. */
export const DELIVERY_CODES: readonly DeliveryCode[] = [
  row('000', 'DELIVRD', 'DELIVERED', 'delivered', 'Delivered to SIM.'),
  row('001', 'INVALID-SUB', 'UNDELIVERABLE', 'number', 'Unidentified subscriber.'),
  row('002', 'INVALID-SUB', 'UNDELIVERABLE', 'number', 'Illegal subscriber'),
  row('003', 'ABSENT-SUB', 'UNDELIVERABLE', 'temporary', 'Unidentified subscriber.'),
  row('004', 'HANDSET-ERR', 'UNDELIVERABLE', 'number', 'Illegal equipment'),
  row('005', 'BARRED', 'UNDELIVERABLE', 'number', 'SMS is prohibited'),
  row('006', 'HANDSET-ERR', 'UNDELIVERABLE', 'number', 'MS does not support SMS'),
  row('007', 'HANDSET-ERR', 'UNDELIVERABLE', 'temporary', 'MS receiving error'),
  row('008', 'NET-ERR', 'UNDELIVERABLE', 'number', 'Facility not supported.'),
  row('009', 'MEMEXEC', 'UNDELIVERABLE', 'temporary', 'Handset memory full'),
  row('010', 'ABSENT-SUB', 'UNDELIVERABLE', 'temporary', 'Absent subscriber'),
  row('011', 'FAILED', 'UNDELIVERABLE', 'network', 'SMSC system failure'),
  row('012', 'NET-ERR', 'UNDELIVERABLE', 'network', 'Gateway mobile switching error'),
  row('013', 'MOB-OFF', 'UNDELIVERABLE', 'temporary', 'Mobile handset switched off'),
  row('014', 'FAILED', 'UNDELIVERABLE', 'temporary', 'SMS undelivered due to roaming limitation'),
  row('015', 'INVALID-SUB', 'UNDELIVERABLE', 'number', 'Unidentified subscriber'),
  row('016', 'HANDSET-BUSY', 'UNDELIVERABLE', 'temporary', 'Subscriber is busy.'),
  row('017', 'NET-ERR', 'UNDELIVERABLE', 'network', 'Resource cannot be used at GMSC level'),
  row('018', 'SERIES-BLK', 'REJECTED', 'range', 'Series blocked'),
  row('019', 'NET-ERR', 'REJECTED', 'submission', 'Submission error or invalid input data'),
  row('020', 'BARRED', 'UNDELIVERABLE', 'number', 'CUG reject'),
  row('021', 'EXPIRED', 'EXPIRED', 'temporary', 'SMS timeout'),
  row('034', 'UNDELIV', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('045', 'FAILED', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('099', 'UNDELIV', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('400', 'SERIES-BLOCK', 'REJECTED', 'range', 'Series has been temporary / permanently blocked.'),
  row('401', 'NO-CREDITS', 'REJECTED', 'account', 'Credit exhausted.'),
  row('402', 'NO-ACCOUNT', 'REJECTED', 'account', 'Invalid account.'),
  row('403', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('404', 'INV-NUMBER', 'UNDELIVERABLE', 'number', 'Invalid destination number'),
  row('405', 'SERVER-ERR', 'REJECTED', 'submission', 'ESME client error'),
  row('406', 'SERVER-ERR', 'REJECTED', 'submission', 'ESME client error'),
  row('407', 'SPAM', 'REJECTED', 'policy', 'Sent illigal content'),
  row('408', 'DNDNUMB', 'REJECTED', 'policy', 'Number registered in dnd database.'),
  row('430', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('431', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('432', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('433', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('450', 'BLACKLST', 'REJECTED', 'policy', 'Number blocklisted to receive messages'),
  row('451', 'SNDR-BLOCK', 'REJECTED', 'policy', 'Sender Id been blocked'),
  row('452', 'TEMPLATE-NOT-FOUND', 'REJECTED', 'template', 'No matching templates'),
  row('453', 'INV-TEMPLATE', 'REJECTED', 'template', 'Message rejected as template not allotted for ESME'),
  row('454', 'INV-SENDER', 'REJECTED', 'template', 'Message rejected as sender id not allotted for ESME'),
  row('455', 'NOT-OPTIN', 'REJECTED', 'policy', 'Message rejected as number not in optin list'),
  row('456', 'OPTOUT-REJ', 'REJECTED', 'policy', 'Rejected as number optout to receive messages'),
  row('457', 'PROMO-TMOUT', 'REJECTED', 'time-window', 'Promotional time exceeded'),
  row('458', 'REJECTED', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('459', 'NOTALLOWED', 'REJECTED', 'policy', 'Country not allowed to send sms'),
  row('460', 'DUPLICATE', 'REJECTED', 'duplicate', 'Same content sent'),
  row('461', 'UNDELIV', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('462', 'FAILED', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  row('778', 'REJ-MULTIPART', 'UNDELIVERABLE', 'multipart', 'All message parts are not delivrd to handset'),
  row('777', 'DLT-REJECTED', 'REJECTED', 'dlt', 'Invalid Sender-Id or Invalid Template'),
  row('780', 'DLT-INV-TMID', 'REJECTED', 'dlt', 'Invalid DLT telemarketer Id'),
  row('781', 'DLT-INV-ENTITY', 'REJECTED', 'dlt', 'Invalid Entity DLT Id'),
  row('782', 'DLT-INV-TM-ID', 'REJECTED', 'dlt', 'Invalid DLT Template Id'),
  row('783', 'DLT-TM-VAR-EXECEED', 'REJECTED', 'dlt', 'Template variable exceeded 30 chars'),
  row('784', 'DLT-ENTITY-NOT-FOUND', 'REJECTED', 'dlt', 'Entity Id not found'),
  row('785', 'DLT-TM-BLACKLST', 'REJECTED', 'dlt', 'Template Id blacklisted'),
  row('786', 'DLT-ENTITY-BLACKLST', 'REJECTED', 'dlt', 'Entity Id blacklisted'),
  row('787', 'DLT-HEADER-INACTIVE', 'REJECTED', 'dlt', 'Sender Inactive'),
  row('788', 'DLT-TM-INACTIVE', 'REJECTED', 'dlt', 'Template is Inactive'),
  row('789', 'DLT-SENDER-NOT-REG-TM', 'REJECTED', 'dlt', 'Sender not registered for template'),
];

const byNumber = new Map(DELIVERY_CODES.map((code) => [significant(code.error), code]));

/** Status words with exactly one code. A word that several codes share is left out: it cannot choose one of them. */
const byWord = new Map<string, DeliveryCode>();
for (const code of DELIVERY_CODES) {
  if (DELIVERY_CODES.filter((other) => other.status === code.status).length === 1) byWord.set(code.status, code);
}

function significant(digits: string): string {
  let start = 0;
  while (start < digits.length - 1 && digits.charCodeAt(start) === 0x30) start++;
  return start === 0 ? digits : digits.slice(start);
}

/**
 * The row of an error text, whatever its leading zeros; undefined for an unknown number or a text that is not all
 * digits.
 */
export function codeByNumber(error: string): DeliveryCode | undefined {
  return byNumber.get(significant(error));
}

/** The row of a status word, in upper or lower case; undefined where no row or several rows have the word. */
export function codeByWord(word: string): DeliveryCode | undefined {
  return byWord.get(word.toUpperCase());
}
