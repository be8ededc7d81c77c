import type { DeliveryGroup, MessageState } from './receipt';

/** One row of a table of delivery codes (docs/codes.md, "Delivery reports"). */
export interface DeliveryCode {
  /** Digits, leading zeros kept; "" where the row is known by its word alone. */
  readonly error: string;
  /** The platform's word; "" where the row is known by its number alone. */
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

/** A row that may pass by itself exactly where its group may. */
export function codeRow(
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
  codeRow('000', 'DELIVRD', 'DELIVERED', 'delivered', 'Delivered to SIM.'),
  codeRow('001', 'INVALID-SUB', 'UNDELIVERABLE', 'number', 'Unidentified subscriber.'),
  codeRow('002', 'INVALID-SUB', 'UNDELIVERABLE', 'number', 'Illegal subscriber'),
  codeRow('003', 'ABSENT-SUB', 'UNDELIVERABLE', 'temporary', 'Unidentified subscriber.'),
  codeRow('004', 'HANDSET-ERR', 'UNDELIVERABLE', 'number', 'Illegal equipment'),
  codeRow('005', 'BARRED', 'UNDELIVERABLE', 'number', 'SMS is prohibited'),
  codeRow('006', 'HANDSET-ERR', 'UNDELIVERABLE', 'number', 'MS does not support SMS'),
  codeRow('007', 'HANDSET-ERR', 'UNDELIVERABLE', 'temporary', 'MS receiving error'),
  codeRow('008', 'NET-ERR', 'UNDELIVERABLE', 'number', 'Facility not supported.'),
  codeRow('009', 'MEMEXEC', 'UNDELIVERABLE', 'temporary', 'Handset memory full'),
  codeRow('010', 'ABSENT-SUB', 'UNDELIVERABLE', 'temporary', 'Absent subscriber'),
  codeRow('011', 'FAILED', 'UNDELIVERABLE', 'network', 'SMSC system failure'),
  codeRow('012', 'NET-ERR', 'UNDELIVERABLE', 'network', 'Gateway mobile switching error'),
  codeRow('013', 'MOB-OFF', 'UNDELIVERABLE', 'temporary', 'Mobile handset switched off'),
  codeRow('014', 'FAILED', 'UNDELIVERABLE', 'temporary', 'SMS undelivered due to roaming limitation'),
  codeRow('015', 'INVALID-SUB', 'UNDELIVERABLE', 'number', 'Unidentified subscriber'),
  codeRow('016', 'HANDSET-BUSY', 'UNDELIVERABLE', 'temporary', 'Subscriber is busy.'),
  codeRow('017', 'NET-ERR', 'UNDELIVERABLE', 'network', 'Resource cannot be used at GMSC level'),
  codeRow('018', 'SERIES-BLK', 'REJECTED', 'range', 'Series blocked'),
  codeRow('019', 'NET-ERR', 'REJECTED', 'submission', 'Submission error or invalid input data'),
  codeRow('020', 'BARRED', 'UNDELIVERABLE', 'number', 'CUG reject'),
  codeRow('021', 'EXPIRED', 'EXPIRED', 'temporary', 'SMS timeout'),
  codeRow('034', 'UNDELIV', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('045', 'FAILED', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('099', 'UNDELIV', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('400', 'SERIES-BLOCK', 'REJECTED', 'range', 'Series has been temporary / permanently blocked.'),
  codeRow('401', 'NO-CREDITS', 'REJECTED', 'account', 'Credit exhausted.'),
  codeRow('402', 'NO-ACCOUNT', 'REJECTED', 'account', 'Invalid account.'),
  codeRow('403', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('404', 'INV-NUMBER', 'UNDELIVERABLE', 'number', 'Invalid destination number'),
  codeRow('405', 'SERVER-ERR', 'REJECTED', 'submission', 'ESME client error'),
  codeRow('406', 'SERVER-ERR', 'REJECTED', 'submission', 'ESME client error'),
  codeRow('407', 'SPAM', 'REJECTED', 'policy', 'Sent illigal content'),
  codeRow('408', 'DNDNUMB', 'REJECTED', 'policy', 'Number registered in dnd database.'),
  codeRow('430', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('431', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('432', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('433', 'SERVER-ERR', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('450', 'BLACKLST', 'REJECTED', 'policy', 'Number blocklisted to receive messages'),
  codeRow('451', 'SNDR-BLOCK', 'REJECTED', 'policy', 'Sender Id been blocked'),
  codeRow('452', 'TEMPLATE-NOT-FOUND', 'REJECTED', 'template', 'No matching templates'),
  codeRow('453', 'INV-TEMPLATE', 'REJECTED', 'template', 'Message rejected as template not allotted for ESME'),
  codeRow('454', 'INV-SENDER', 'REJECTED', 'template', 'Message rejected as sender id not allotted for ESME'),
  codeRow('455', 'NOT-OPTIN', 'REJECTED', 'policy', 'Message rejected as number not in optin list'),
  codeRow('456', 'OPTOUT-REJ', 'REJECTED', 'policy', 'Rejected as number optout to receive messages'),
  codeRow('457', 'PROMO-TMOUT', 'REJECTED', 'time-window', 'Promotional time exceeded'),
  codeRow('458', 'REJECTED', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('459', 'NOTALLOWED', 'REJECTED', 'policy', 'Country not allowed to send sms'),
  codeRow('460', 'DUPLICATE', 'REJECTED', 'duplicate', 'Same content sent'),
  codeRow('461', 'UNDELIV', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('462', 'FAILED', 'UNDELIVERABLE', 'unexplained', 'Unknown Error'),
  codeRow('778', 'REJ-MULTIPART', 'UNDELIVERABLE', 'multipart', 'All message parts are not delivrd to handset'),
  codeRow('777', 'DLT-REJECTED', 'REJECTED', 'dlt', 'Invalid Sender-Id or Invalid Template'),
  codeRow('780', 'DLT-INV-TMID', 'REJECTED', 'dlt', 'Invalid DLT telemarketer Id'),
  codeRow('781', 'DLT-INV-ENTITY', 'REJECTED', 'dlt', 'Invalid Entity DLT Id'),
  codeRow('782', 'DLT-INV-TM-ID', 'REJECTED', 'dlt', 'Invalid DLT Template Id'),
  codeRow('783', 'DLT-TM-VAR-EXECEED', 'REJECTED', 'dlt', 'Template variable exceeded 30 chars'),
  codeRow('784', 'DLT-ENTITY-NOT-FOUND', 'REJECTED', 'dlt', 'Entity Id not found'),
  codeRow('785', 'DLT-TM-BLACKLST', 'REJECTED', 'dlt', 'Template Id blacklisted'),
  codeRow('786', 'DLT-ENTITY-BLACKLST', 'REJECTED', 'dlt', 'Entity Id blacklisted'),
  codeRow('787', 'DLT-HEADER-INACTIVE', 'REJECTED', 'dlt', 'Sender Inactive'),
  codeRow('788', 'DLT-TM-INACTIVE', 'REJECTED', 'dlt', 'Template is Inactive'),
  codeRow('789', 'DLT-SENDER-NOT-REG-TM', 'REJECTED', 'dlt', 'Sender not registered for template'),
];

/** Delivery codes by number and by word. */
export class CodeTable {
  readonly rows: readonly DeliveryCode[];
  readonly #byNumber = new Map<string, DeliveryCode>();
  /** Null for a word that several rows share: it cannot choose one of them. */
  readonly #byWord = new Map<string, DeliveryCode | null>();

  /** @param rows a later row replaces an earlier one of the same number, and one without a number an earlier one of its word */
  constructor(rows: readonly DeliveryCode[]) {
    const kept = new Map<string, DeliveryCode>();
    for (const row of rows) kept.set(row.error === '' ? row.status.toUpperCase() : significant(row.error), row);
    this.rows = [...kept.values()];
    for (const row of this.rows) {
      if (row.error !== '') this.#byNumber.set(significant(row.error), row);
      const word = row.status.toUpperCase();
      if (word !== '') this.#byWord.set(word, this.#byWord.has(word) ? null : row);
    }
    // A row without a number says what the word means, whatever numbers have it too.
    for (const row of this.rows) if (row.error === '') this.#byWord.set(row.status.toUpperCase(), row);
  }

  /**
   * The row of an error text, whatever its leading zeros; undefined for an unknown number or a text that is not all
   * digits.
   */
  byNumber(error: string): DeliveryCode | undefined {
    return this.#byNumber.get(significant(error));
  }

  /** The row of a status word, in upper or lower case; undefined where no row or several rows have the word. */
  byWord(word: string): DeliveryCode | undefined {
    return this.#byWord.get(word.toUpperCase()) ?? undefined;
  }
}

/** The codes of the platform's guide. */
export const GUIDE_TABLE = new CodeTable(DELIVERY_CODES);

function significant(digits: string): string {
  let start = 0;
  while (start < digits.length - 1 && digits.charCodeAt(start) === 0x30) start++;
  return start === 0 ? digits : digits.slice(start);
}
