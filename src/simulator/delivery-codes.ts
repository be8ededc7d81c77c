/** One outcome of a message, as the platform writes it in a receipt. */
export interface DeliveryCode {
  /** The number after `err:`. */
  readonly error: number;
  /** The word after `stat:`. */
  readonly status: string;
  /** message_state (SMPP 3.4 section 5.2.28): 1 en route, 2 delivered, 3 expired, 4 deleted, 5 undeliverable, 8 rejected. */
  readonly messageState: number;
}

/**
 * The delivery codes of the platform's guide (docs/codes.md). Its descriptions imply the message states, which it
 * omits.
 */
const ROWS: readonly (readonly [error: number, status: string, messageState: number])[] = [
  [0, 'DELIVRD', 2],
  [1, 'INVALID-SUB', 5],
  [2, 'INVALID-SUB', 5],
  [3, 'ABSENT-SUB', 5],
  [4, 'HANDSET-ERR', 5],
  [5, 'BARRED', 5],
  [6, 'HANDSET-ERR', 5],
  [7, 'HANDSET-ERR', 5],
  [8, 'NET-ERR', 5],
  [9, 'MEMEXEC', 5],
  [10, 'ABSENT-SUB', 5],
  [11, 'FAILED', 5],
  [12, 'NET-ERR', 5],
  [13, 'MOB-OFF', 5],
  [14, 'FAILED', 5],
  [15, 'INVALID-SUB', 5],
  [16, 'HANDSET-BUSY', 5],
  [17, 'NET-ERR', 5],
  [18, 'SERIES-BLK', 8],
  [19, 'NET-ERR', 8],
  [20, 'BARRED', 5],
  [21, 'EXPIRED', 3],
  [34, 'UNDELIV', 5],
  [45, 'FAILED', 5],
  [99, 'UNDELIV', 5],
  [400, 'SERIES-BLOCK', 8],
  [401, 'NO-CREDITS', 8],
  [402, 'NO-ACCOUNT', 8],
  [403, 'SERVER-ERR', 5],
  [404, 'INV-NUMBER', 5],
  [405, 'SERVER-ERR', 8],
  [406, 'SERVER-ERR', 8],
  [407, 'SPAM', 8],
  [408, 'DNDNUMB', 8],
  [430, 'SERVER-ERR', 5],
  [431, 'SERVER-ERR', 5],
  [432, 'SERVER-ERR', 5],
  [433, 'SERVER-ERR', 5],
  [450, 'BLACKLST', 8],
  [451, 'SNDR-BLOCK', 8],
  [452, 'TEMPLATE-NOT-FOUND', 8],
  [453, 'INV-TEMPLATE', 8],
  [454, 'INV-SENDER', 8],
  [455, 'NOT-OPTIN', 8],
  [456, 'OPTOUT-REJ', 8],
  [457, 'PROMO-TMOUT', 8],
  [458, 'REJECTED', 5],
  [459, 'NOTALLOWED', 8],
  [460, 'DUPLICATE', 8],
  [461, 'UNDELIV', 5],
  [462, 'FAILED', 5],
  [778, 'REJ-MULTIPART', 5],
  [777, 'DLT-REJECTED', 8],
  [780, 'DLT-INV-TMID', 8],
  [781, 'DLT-INV-ENTITY', 8],
  [782, 'DLT-INV-TM-ID', 8],
  [783, 'DLT-TM-VAR-EXECEED', 8],
  [784, 'DLT-ENTITY-NOT-FOUND', 8],
  [785, 'DLT-TM-BLACKLST', 8],
  [786, 'DLT-ENTITY-BLACKLST', 8],
  [787, 'DLT-HEADER-INACTIVE', 8],
  [788, 'DLT-TM-INACTIVE', 8],
  [789, 'DLT-SENDER-NOT-REG-TM', 8],
];

const BY_ERROR = new Map(ROWS.map(([error, status, messageState]) => [error, { error, status, messageState }]));

export const DELIVERED = deliveryCode(0)!;
/** Of a message that the customer cancelled. */
export const DELETED: DeliveryCode = { error: 0, status: 'DELETED', messageState: 4 };
export const EN_ROUTE: DeliveryCode = { error: 0, status: 'ENROUTE', messageState: 1 };

/** The row with this error number; undefined where the platform has none. */
export function deliveryCode(error: number): DeliveryCode | undefined {
  return BY_ERROR.get(error);
}
