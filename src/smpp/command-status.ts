/**
 * What to do about an answer. `retry-here`: try the same server later. `retry-elsewhere`: try another server, a few
 * times. `refuse`: the message is at fault. `account`: the account, its rights or its settings are at fault, so
 * that every message would get this answer.
 */
export type StatusClass = 'ok' | 'retry-here' | 'retry-elsewhere' | 'refuse' | 'account';

export interface CommandStatus {
  readonly code: number;
  /** The ESME_* name as SMPP spells it. */
  readonly name: string;
  readonly description: string;
  readonly class: StatusClass;
  /** True where the same message may be accepted later, with nothing changed. */
  readonly retryable: boolean;
}

/** SMPP 3.4 section 5.1.3, the names of SMPP 5.0 for 0xC0 to 0xC4 and 0x100 to 0x106, and the platform's own 0x40B. */
const ROWS: readonly (readonly [code: number, name: string, statusClass: StatusClass, description: string])[] = [
  [0x00, 'ESME_ROK', 'ok', 'No error'],
  [0x01, 'ESME_RINVMSGLEN', 'refuse', 'The message is too long, or its length is wrong'],
  [0x02, 'ESME_RINVCMDLEN', 'refuse', 'The length of the PDU is wrong'],
  [0x03, 'ESME_RINVCMDID', 'refuse', 'The platform does not know or support this command'],
  [0x04, 'ESME_RINVBNDSTS', 'account', 'The bind does not allow this command: not bound, or bound in the wrong mode'],
  [0x05, 'ESME_RALYBND', 'account', 'Already bound: the account has as many binds as it may have'],
  [0x06, 'ESME_RINVPRTFLG', 'refuse', 'The priority is not one the platform knows'],
  [0x07, 'ESME_RINVREGDLVFLG', 'refuse', 'The kind of delivery receipt asked for is not one the platform knows'],
  [0x08, 'ESME_RSYSERR', 'retry-elsewhere', 'The platform has a system error'],
  [0x0a, 'ESME_RINVSRCADR', 'refuse', 'The sender is invalid or not allowed for this account'],
  [0x0b, 'ESME_RINVDSTADR', 'refuse', 'The recipient is invalid'],
  [0x0c, 'ESME_RINVMSGID', 'refuse', 'The platform does not know this message id'],
  [0x0d, 'ESME_RBINDFAIL', 'account', 'The bind was refused'],
  [0x0e, 'ESME_RINVPASWD', 'account', 'The password is wrong'],
  [0x0f, 'ESME_RINVSYSID', 'account', 'The system id (user name) is unknown'],
  [0x11, 'ESME_RCANCELFAIL', 'refuse', 'The message could not be cancelled'],
  [0x13, 'ESME_RREPLACEFAIL', 'refuse', 'The message could not be replaced'],
  [0x14, 'ESME_RMSGQFUL', 'retry-here', "The platform's message queue is full"],
  [0x15, 'ESME_RINVSERTYP', 'refuse', 'The service type is invalid'],
  [0x33, 'ESME_RINVNUMDESTS', 'refuse', 'The number of recipients is invalid'],
  [0x34, 'ESME_RINVDLNAME', 'refuse', 'The name of the distribution list is invalid'],
  [0x40, 'ESME_RINVDESTFLAG', 'refuse', 'The destination flag is invalid'],
  [0x42, 'ESME_RINVSUBREP', 'refuse', 'The platform does not replace a message on submit'],
  [0x43, 'ESME_RINVESMCLASS', 'refuse', 'The esm_class (message mode, user data header) is invalid'],
  [0x44, 'ESME_RCNTSUBDL', 'refuse', 'The platform cannot submit to a distribution list'],
  [0x45, 'ESME_RSUBMITFAIL', 'retry-elsewhere', 'The platform could not take the message'],
  [0x48, 'ESME_RINVSRCTON', 'refuse', 'The type of number (TON) of the sender is invalid'],
  [0x49, 'ESME_RINVSRCNPI', 'refuse', 'The numbering plan (NPI) of the sender is invalid'],
  [0x50, 'ESME_RINVDSTTON', 'refuse', 'The type of number (TON) of the recipient is invalid'],
  [0x51, 'ESME_RINVDSTNPI', 'refuse', 'The numbering plan (NPI) of the recipient is invalid'],
  [0x53, 'ESME_RINVSYSTYP', 'account', 'The system type is invalid for this account'],
  [0x54, 'ESME_RINVREPFLAG', 'refuse', 'The replace_if_present flag is invalid'],
  [0x55, 'ESME_RINVNUMMSGS', 'refuse', 'The number of messages is invalid'],
  [0x58, 'ESME_RTHROTTLED', 'retry-here', 'The platform is receiving faster than this account may send'],
  [0x61, 'ESME_RINVSCHED', 'refuse', 'The scheduled delivery time is invalid'],
  [0x62, 'ESME_RINVEXPIRY', 'refuse', 'The validity period is invalid'],
  [0x63, 'ESME_RINVDFTMSGID', 'refuse', 'The predefined message does not exist'],
  [0x64, 'ESME_RX_T_APPN', 'retry-elsewhere', 'The receiver has a temporary error'],
  [0x65, 'ESME_RX_P_APPN', 'refuse', 'The receiver has a permanent error'],
  [0x66, 'ESME_RX_R_APPN', 'refuse', 'The receiver rejected the message'],
  [0x67, 'ESME_RQUERYFAIL', 'refuse', 'The message could not be queried'],
  [0xc0, 'ESME_RINVTLVSTREAM', 'refuse', 'The optional parameters (TLVs) of the PDU cannot be read'],
  [0xc1, 'ESME_RTLVNOTALLWD', 'refuse', 'An optional parameter (TLV) is not allowed here'],
  [0xc2, 'ESME_RINVTLVLEN', 'refuse', 'An optional parameter (TLV) has the wrong length'],
  [0xc3, 'ESME_RMISSINGTLV', 'refuse', 'An expected optional parameter (TLV) is missing, such as a DLT id'],
  [0xc4, 'ESME_RINVTLVVAL', 'refuse', 'An optional parameter (TLV) has an invalid value, such as a wrong DLT id'],
  [0xfe, 'ESME_RDELIVERYFAILURE', 'retry-elsewhere', 'The platform could not deliver the message in its transaction'],
  [0xff, 'ESME_RUNKNOWNERR', 'refuse', 'The platform has an unknown error'],
  [0x100, 'ESME_RSERTYPUNAUTH', 'account', 'The account may not use this service type'],
  [0x101, 'ESME_RPROHIBITED', 'account', 'The account may not use this operation'],
  [0x102, 'ESME_RSERTYPUNAVAIL', 'account', 'The service type is not available'],
  [0x103, 'ESME_RSERTYPDENIED', 'account', 'The service type is denied to this account'],
  [0x104, 'ESME_RINVDCS', 'refuse', 'The encoding (data_coding) is invalid'],
  [0x105, 'ESME_RINVSRCADDRSUBUNIT', 'refuse', 'The subunit of the sender address is invalid'],
  [0x106, 'ESME_RINVDSTADDRSUBUNIT', 'refuse', 'The subunit of the recipient address is invalid'],
  [0x40b, 'ESME_RINVBALANCE', 'account', 'The account has not enough credits to send the message'],
];

/** Every status that has a name, by its number. */
export const COMMAND_STATUSES: readonly CommandStatus[] = ROWS.map(([code, name, statusClass, description]) =>
  status(code, name, statusClass, description),
);

const STATUSES: ReadonlyMap<number, CommandStatus> = new Map(COMMAND_STATUSES.map((known) => [known.code, known]));

/** What a command_status means. Never fails: a code that is not in the table gets a name of its own. */
export function commandStatus(code: number): CommandStatus {
  return STATUSES.get(code) ?? unknownStatus(code);
}

/** False for the codes of a vendor, and for those that SMPP leaves free. */
export function isNamedStatus(code: number): boolean {
  return STATUSES.has(code);
}

function unknownStatus(code: number): CommandStatus {
  const name = `ESME_0x${(code >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
  const vendor = code >= 0x400 && code <= 0x4ff;
  const description = vendor
    ? "The platform's own error code (vendor specific): its operator knows the meaning"
    : 'An error code that SMPP does not define (reserved)';
  return status(code, name, 'refuse', description);
}

function status(code: number, name: string, statusClass: StatusClass, description: string): CommandStatus {
  const retryable = statusClass === 'retry-here' || statusClass === 'retry-elsewhere';
  return { code, name, description, class: statusClass, retryable };
}
