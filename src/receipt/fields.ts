import type { Delivery } from '../smpp/pdu';
import { alphabetOf, decodeUcs2, splitUserData } from './user-data';

/** The labelled fields of a receipt text (SMPP 3.4 appendix B); null where a label is missing or has no value. */
export interface ReceiptFields {
  id: string | null;
  /** The whole id field, up to the next label, where it is an id with blanks in it; else null. */
  longId: string | null;
  stat: string | null;
  /** The whole stat field, up to the next label, where it has several words; else null. */
  longStat: string | null;
  err: string | null;
  submitDate: string | null;
  doneDate: string | null;
  /** True where the text has both an id and a stat label, whatever their values: only receipts have both. */
  isReceipt: boolean;
}

/** A receipt text and what its labels say. */
export interface ReceiptText {
  /** Without user data header and trailing NULs. */
  readonly raw: string;
  readonly fields: ReceiptFields;
}

// Every repetition is bounded, so that no input makes the search more than linear.
// Up to three characters may stand inside "submit date": blanks and underscores, the GSM underscore (0x11) among them.
const LABEL =
  /(?:^|[\s\0,;|])(?:(id)|(stat)|(err)|(submit[^a-z:]{0,3}date)|(done[^a-z:]{0,3}date)|sub|dlvrd|(text))[\s\0]{0,3}:/gi;

const LABEL_GROUPS = [null, 'id', 'stat', 'err', 'submitDate', 'doneDate'] as const;
const ID_GROUP = 1;
const STAT_GROUP = 2;
/** The groups behind this one, up to TEXT_GROUP, are dates. */
const ERR_GROUP = 3;
const TEXT_GROUP = 6;
/** Characters of a message id (SMPP 3.4 section 5.2.23). */
const MAX_ID = 64;
/** Most characters of a state in several words, or of a date with its time. */
const MAX_WORDS = 40;
/** A day, white space, and a time: "2026-07-15 10:40:12". */
const DATE_AND_TIME = /^(?:\d{6}|\d{4}[-/.]?\d\d[-/.]?\d\d)\s+\d\d:?\d\d/;
/** The byte order mark of UTF-8 when its octets are read as Latin-1. */
const MARK = '\u00ef\u00bb\u00bf';

/**
 * Reads a receipt's text. Octets that read as a receipt in Latin-1 are taken as Latin-1, whatever data_coding says:
 * some platforms mark ASCII receipts as UCS-2. GSM 7-bit needs no decoding here, as it equals ASCII in all characters
 * of a receipt. Never throws; adds to `warnings` where text and data_coding disagree.
 */
export function readReceiptText(delivery: Delivery, warnings: string[]): ReceiptText {
  const { content } = splitUserData(delivery, warnings);
  const markedUcs2 = alphabetOf(delivery.dataCoding) === 'ucs2';
  const beginsAsUcs2 = content.length > 1 && content[0] === 0 && content[1] !== 0;
  if (!beginsAsUcs2) {
    const latin1 = scan(content.toString('latin1'));
    const isLittleEndian = !latin1.fields.isReceipt && beginsLittleEndian(content);
    if (isLittleEndian) {
      warnings.push('receipt text is UCS-2 with its octets swapped');
      return scan(content.toString('utf16le'));
    }
    if (!markedUcs2 || latin1.fields.isReceipt) {
      if (markedUcs2) warnings.push('receipt text is marked as UCS-2 but is single octets');
      return latin1;
    }
  } else if (!markedUcs2) {
    warnings.push(`receipt text is UCS-2, but data_coding is ${String(delivery.dataCoding)}`);
  }
  return scan(decodeUcs2(content));
}

/** True where the text begins with two characters of UTF-16 whose zero octet comes second. */
function beginsLittleEndian(content: Buffer): boolean {
  return content.length > 3 && content[0] !== 0 && content[1] === 0 && content[2] !== 0 && content[3] === 0;
}

function scan(text: string): ReceiptText {
  const raw = withoutTrailingNuls(text.startsWith(MARK) ? text.slice(MARK.length) : text);
  return { raw, fields: scanLabels(raw) };
}

function withoutTrailingNuls(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return end === text.length ? text : text.slice(0, end);
}

/**
 * Labels may come in any order; of a repeated label the first counts. The text field is the sender's own: nothing there
 * is read.
 */
function scanLabels(text: string): ReceiptFields {
  const fields: ReceiptFields = {
    id: null,
    longId: null,
    stat: null,
    longStat: null,
    err: null,
    submitDate: null,
    doneDate: null,
    isReceipt: false,
  };
  const seen = [false, false, false, false, false, false];
  let open = 0;
  let valueStart = 0;
  LABEL.lastIndex = 0;
  for (;;) {
    const match = LABEL.exec(text);
    if (open !== 0) {
      const end = match === null ? text.length : match.index;
      const word = (open > ERR_GROUP && dateWithTime(text, valueStart, end)) || firstWord(text, valueStart, end);
      // Some platforms put a comma behind each field. An id keeps it, because there it may belong to the id.
      fields[LABEL_GROUPS[open as 1]] = open === ID_GROUP ? word : withoutSeparator(word);
      if (open === ID_GROUP && match !== null) fields.longId = idWithBlanks(text, valueStart, end);
      if (open === STAT_GROUP) fields.longStat = words(text, valueStart, end);
    }
    if (match === null || match[TEXT_GROUP] !== undefined) break;
    open = 1;
    while (open < TEXT_GROUP && match[open] === undefined) open++;
    if (open === TEXT_GROUP || seen[open]) open = 0;
    seen[open] = true;
    valueStart = LABEL.lastIndex;
  }
  fields.isReceipt = seen[1]! && seen[2]!;
  return fields;
}

/** The first word between `start` and `end`; null where there is only white space. */
function firstWord(text: string, start: number, end: number): string | null {
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  let stop = start;
  while (stop < end && !isBlank(text.charCodeAt(stop))) stop++;
  return stop === start ? null : text.slice(start, stop);
}

/** Null where the field has no blanks or cannot be an id: it is too long, or has a colon and so an unknown label. */
function idWithBlanks(text: string, start: number, end: number): string | null {
  if (end - start > MAX_ID) return null;
  const value = text.slice(start, end).trim();
  return /\s/.test(value) && !value.includes(':') ? value : null;
}

/** The whole field; null where it is one word or none, or too long. */
function words(text: string, start: number, end: number): string | null {
  if (end - start > MAX_WORDS) return null;
  const value = text.slice(start, end).trim();
  return /\s/.test(value) ? value : null;
}

/** The whole field where it is a day and a time apart; else null. */
function dateWithTime(text: string, start: number, end: number): string | null {
  const value = words(text, start, end);
  return value !== null && DATE_AND_TIME.test(value) ? value : null;
}

/** The word without a comma, semicolon or vertical bar at its end; null where nothing is left. */
function withoutSeparator(word: string | null): string | null {
  const last = word?.at(-1);
  if (last !== ',' && last !== ';' && last !== '|') return word;
  return word!.length === 1 ? null : word!.slice(0, -1);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0 || (code >= 0x09 && code <= 0x0d) || code === 0xa0;
}
